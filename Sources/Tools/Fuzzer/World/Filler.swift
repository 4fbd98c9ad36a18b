import Core

/// Puts ids and names where a template has `@kind`, `@name`, `@cidr`, `@uuid`.
struct Filler: Sendable {
    let party: Party
    let shared: [String: String]
    /// Whether names are canaries.
    let victim: Bool

    func fill(_ template: JSONValue, _ generator: inout SeededGenerator) -> JSONValue {
        switch template {
        case .string(let text): return .string(self.text(text, &generator))
        case .array(let items): return .array(items.map { fill($0, &generator) })
        case .object(let members):
            var result: [String: JSONValue] = [:]
            for (name, value) in members.sorted(by: { $0.key < $1.key }) { result[name] = fill(value, &generator) }
            return .object(result)
        default: return template
        }
    }

    func text(_ template: String, _ generator: inout SeededGenerator) -> String {
        guard template.contains("@") else { return template }
        let parts = template.split(separator: "@", omittingEmptySubsequences: false)
        var result = String(parts[0])
        for part in parts.dropFirst() {
            let word = part.prefix { $0.isLetter || $0 == "_" }
            result += value(String(word), &generator) + part.dropFirst(word.count)
        }
        return result
    }

    private func value(_ word: String, _ generator: inout SeededGenerator) -> String {
        switch word {
        case "name": return victim ? "\(party.name)-\(generator.hex(6))" : "fuzz-\(generator.hex(8))"
        case "secret": return "secret-\(generator.hex(12))"
        case "uuid": return generator.uuid()
        case "cidr": return "10.\(victim ? 177 : 100).\(Int.random(in: 0...255, using: &generator)).0/24"
        default: return party.first(word) ?? shared[word] ?? generator.uuid()
        }
    }
}
