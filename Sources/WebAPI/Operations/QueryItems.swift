/// A request's query, decoded, in order. A parameter may repeat.
public struct QueryItems: Sendable, Sequence {
    public let items: [(name: String, value: String)]
    /// The query as it was sent; empty for one that was put together here.
    public let text: String

    public init(_ items: [(name: String, value: String)]) {
        self.items = items
        text = ""
    }

    /// Reads the part after `?`: `+` is a space; what is no valid UTF-8 gets replacement characters.
    public init(parsing query: String) {
        text = query
        items = query.split(separator: "&").map { item in
            let halves = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentCoding.decode(halves[0], plusIsSpace: true),
                halves.count > 1 ? PercentCoding.decode(halves[1], plusIsSpace: true) : ""
            )
        }
    }

    public func makeIterator() -> IndexingIterator<[(name: String, value: String)]> { items.makeIterator() }

    public func first(_ name: String) -> String? { items.first { $0.name == name }?.value }

    /// The last value given, which is what most Python frameworks take when a parameter repeats.
    public func last(_ name: String) -> String? { items.last { $0.name == name }?.value }

    public func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    public func has(_ name: String) -> Bool { items.contains { $0.name == name } }

    public var names: Set<String> { Set(items.map(\.name)) }

    public var isEmpty: Bool { items.isEmpty }

    /// The query with some parameters replaced or (nil) removed, encoded; for `next` links.
    public func encoded(replacing changes: [(String, String?)]) -> String {
        let changed = Set(changes.map(\.0))
        let kept = items.filter { !changed.contains($0.name) }
        let added = changes.compactMap { name, value in value.map { (name: name, value: $0) } }
        return (kept + added)
            .map { "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))" }
            .joined(separator: "&")
    }
}
