import Core

/// A table that the client keeps a copy of.
public struct MonitoredTable: Sendable {
    public let name: String
    public let columns: [String]
    /// Only rows that match one of these are copied; all of them if empty.
    public let conditions: [OVSDBCondition]
    /// The name by which ``OVSDBReplica/find(_:key:)`` looks a row up; nil leaves a row out of the index.
    public let key: @Sendable (OVSDBRow) -> String?
    /// What ``OVSDBReplica/owned(_:by:)`` groups rows by.
    public let owner: @Sendable (OVSDBRow) -> String?

    public init(
        _ name: String, columns: [String], conditions: [OVSDBCondition] = [],
        key: @escaping @Sendable (OVSDBRow) -> String? = { $0.string("name") },
        owner: @escaping @Sendable (OVSDBRow) -> String? = { _ in nil }
    ) {
        self.name = name
        self.columns = columns
        self.conditions = conditions
        self.key = key
        self.owner = owner
    }

    var request: JSONValue {
        var members: [String: JSONValue] = ["columns": .array(columns.map { .string($0) })]
        if !conditions.isEmpty { members["where"] = .array(conditions.map(\.json)) }
        return .array([.object(members)])
    }
}
