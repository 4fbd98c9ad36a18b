/// The keys of a folder by their numbers: the highest is the primary one, 0 the staged one.
package struct FernetKeySet: Sendable, Hashable {
    package var keys: [Int: String]

    package init(keys: [Int: String]) { self.keys = keys }

    /// The staged key becomes the primary one, a new one is staged, and the oldest beyond `maximum` go.
    package func rotated(keeping maximum: Int, newKey: String) -> FernetKeySet {
        guard let staged = keys[0] else { return self }
        let next = (keys.keys.max() ?? 0) + 1
        var rotated = keys
        rotated[next] = staged
        rotated[0] = newKey
        let kept = Set(rotated.keys.filter { $0 > 0 }.sorted(by: >).prefix(max(3, maximum) - 1))
        return FernetKeySet(keys: rotated.filter { $0.key == 0 || kept.contains($0.key) })
    }

    // MARK: As one text

    package var text: String {
        keys.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "\n")
    }

    /// Nil for a text with anything that is no key, or without a staged and a primary one.
    package init?(text: String) {
        var keys: [Int: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let number = Int(parts[0]), number >= 0, FernetKey(text: String(parts[1])) != nil
            else { return nil }
            keys[number] = String(parts[1])
        }
        guard keys[0] != nil, keys.keys.contains(where: { $0 > 0 }) else { return nil }
        self.keys = keys
    }
}
