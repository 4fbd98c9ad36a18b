import Core

/// A copy of chosen tables, kept up to date by the server's updates.
///
/// A value: what a reader holds does not change under it.
public struct OVSDBReplica: Sendable {
    private struct Table {
        var rows: [String: OVSDBRow] = [:]
        var index: [String: Set<String>] = [:]
        var owners: [String: Set<String>] = [:]
    }

    private let monitored: [String: MonitoredTable]
    private let schema: OVSDBSchema
    private var tables: [String: Table] = [:]

    init(schema: OVSDBSchema, tables: [MonitoredTable]) {
        self.schema = schema
        monitored = Dictionary(tables.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    public func row(_ table: String, uuid: String) -> OVSDBRow? { tables[table]?.rows[uuid] }

    /// All rows of a table, in no order.
    public func rows(_ table: String) -> [OVSDBRow] { tables[table].map { Array($0.rows.values) } ?? [] }

    /// The rows whose key, as the monitored table defines it, is `key`: more than one where the schema has no index.
    public func all(_ table: String, key: String) -> [OVSDBRow] {
        guard let found = tables[table], let ids = found.index[key] else { return [] }
        return ids.sorted().compactMap { found.rows[$0] }
    }

    public func find(_ table: String, key: String) -> OVSDBRow? { all(table, key: key).first }

    /// The rows that the table's `owner` puts under a name.
    public func owned(_ table: String, by owner: String) -> [OVSDBRow] {
        guard let found = tables[table], let ids = found.owners[owner] else { return [] }
        return ids.sorted().compactMap { found.rows[$0] }
    }

    /// The names that rows of a table are put under.
    public func owners(_ table: String) -> [String] { tables[table].map { Array($0.owners.keys) } ?? [] }

    /// Applies `<table-updates2>` and answers which rows changed.
    mutating func apply(_ updates: JSONValue) throws(OVSDBError) -> Set<OVSDBChange> {
        var changes: Set<OVSDBChange> = []
        guard let members = updates.object else { throw .malformed("table updates are no object") }
        for (table, rows) in members where monitored[table] != nil {
            for (uuid, update) in rows.object ?? [:] {
                try apply(update, to: uuid, in: table)
                changes.insert(OVSDBChange(table: table, uuid: uuid))
            }
        }
        return changes
    }

    private mutating func apply(_ update: JSONValue, to uuid: String, in table: String) throws(OVSDBError) {
        guard let members = update.object, let (kind, value) = members.first else {
            throw .malformed("a row update is no object")
        }
        let old = tables[table]?.rows[uuid]
        switch kind {
        case "initial", "insert":
            replace(old, with: OVSDBRow(uuid: uuid, columns: try columns(value)), in: table)
        case "modify":
            guard var row = old else { throw .malformed("\(table) \(uuid) is changed but not known") }
            for (name, difference) in try columns(value) {
                guard let type = schema.tables[table]?[name] else { continue }
                row.columns[name] = row[name].applying(difference, type: type)
            }
            replace(old, with: row, in: table)
        case "delete": replace(old, with: nil, in: table)
        default: throw .malformed("unknown row update \(kind)")
        }
    }

    private func columns(_ json: JSONValue) throws(OVSDBError) -> [String: OVSDBDatum] {
        var columns: [String: OVSDBDatum] = [:]
        for (name, value) in json.object ?? [:] { columns[name] = try OVSDBDatum(json: value) }
        return columns
    }

    private mutating func replace(_ old: OVSDBRow?, with new: OVSDBRow?, in name: String) {
        guard let monitored = monitored[name] else { return }
        if let old {
            if let key = monitored.key(old) { Self.drop(old.uuid, key, &tables[name, default: Table()].index) }
            if let owner = monitored.owner(old) { Self.drop(old.uuid, owner, &tables[name, default: Table()].owners) }
            if new == nil { tables[name]?.rows[old.uuid] = nil }
        }
        guard let new else { return }
        tables[name, default: Table()].rows[new.uuid] = new
        if let key = monitored.key(new) { tables[name]?.index[key, default: []].insert(new.uuid) }
        if let owner = monitored.owner(new) { tables[name]?.owners[owner, default: []].insert(new.uuid) }
    }

    private static func drop(_ uuid: String, _ key: String, _ index: inout [String: Set<String>]) {
        index[key]?.remove(uuid)
        if index[key]?.isEmpty == true { index[key] = nil }
    }
}

/// A row that was inserted, changed or deleted; the replica says which.
public struct OVSDBChange: Sendable, Hashable {
    public let table: String
    public let uuid: String
}
