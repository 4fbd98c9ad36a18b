/// A row as it is in the replica: its id and the monitored columns. Columns that hold their default are absent.
public struct OVSDBRow: Sendable, Hashable {
    public let uuid: String
    public internal(set) var columns: [String: OVSDBDatum]

    public init(uuid: String, columns: [String: OVSDBDatum]) {
        self.uuid = uuid
        self.columns = columns
    }

    public subscript(column: String) -> OVSDBDatum { columns[column] ?? .empty }

    public func string(_ column: String) -> String? { columns[column]?.scalar?.string }
    public func integer(_ column: String) -> Int64? { columns[column]?.scalar?.integer }
    public func boolean(_ column: String) -> Bool? { columns[column]?.scalar?.boolean }
    public func strings(_ column: String) -> Set<String> { columns[column]?.strings ?? [] }
    public func uuids(_ column: String) -> Set<String> { columns[column]?.uuids ?? [] }
    public func map(_ column: String) -> [String: String] { columns[column]?.stringMap ?? [:] }
}
