import Core

/// How many values a column holds, and whether they are pairs: what applying a change needs to know.
public struct OVSDBColumnType: Sendable, Hashable {
    public let isMap: Bool
    /// More than one value may be held, so changes come as differences.
    public let isComposite: Bool
    /// At least one value is always held.
    public let isRequired: Bool
}

/// The tables and column types of a database (RFC 7047 §3.2), as the server has them.
public struct OVSDBSchema: Sendable {
    public let name: String
    public let version: String
    public let tables: [String: [String: OVSDBColumnType]]

    init(json: JSONValue) throws(OVSDBError) {
        guard let name = json["name"]?.string, let tables = json["tables"]?.object else {
            throw .malformed("the schema has no name or tables")
        }
        self.name = name
        version = json["version"]?.string ?? ""
        self.tables = tables.mapValues { table in
            (table["columns"]?.object ?? [:]).mapValues { column in
                let type = column["type"] ?? .null
                let maximum = type["max"]
                return OVSDBColumnType(
                    isMap: type["value"] != nil,
                    isComposite: maximum?.string == "unlimited" || (maximum?.int ?? 1) > 1,
                    isRequired: (type["min"]?.int ?? 1) > 0)
            }
        }
    }

    public func has(_ table: String, _ column: String) -> Bool { tables[table]?[column] != nil }
}
