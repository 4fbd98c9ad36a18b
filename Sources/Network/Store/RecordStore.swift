package import Core
package import Database
package import FoundationEssentials

/// Reads and writes records of any resource type by its attributes' columns.
package enum RecordStore {
    /// Records that satisfy a condition on the table's alias `r`.
    /// - Parameters:
    ///   - names: the attributes to read; nil for all.
    ///   - locked: takes the rows' locks until the transaction ends.
    package static func select(
        _ type: ResourceType, only names: Set<String>? = nil, where condition: SQL, tail: SQL = "",
        locked: Bool = false, _ transaction: Transaction
    ) throws -> [Record] {
        let attributes = type.attributes.filter { $0.storage.column != nil && (names?.contains($0.name) ?? true) }
        let columns: [SQL] = attributes.compactMap { $0.storage.column.map { "r.\(identifier: $0)" } }
        var sql: SQL = names == nil ? "SELECT r.*" : "SELECT \(sql: .joined(columns, separator: ", "))"
        sql += " FROM \(identifier: type.table) r WHERE \(sql: condition)"
        sql += tail
        if locked { sql += " FOR UPDATE" }
        return try transaction.query(sql).map { try record($0, attributes) }
    }

    package static func find(
        _ type: ResourceType, _ id: String, locked: Bool = false, _ transaction: Transaction
    ) throws -> Record? {
        try select(type, where: "r.id = \(id)", locked: locked, transaction).first
    }

    package static func insert(_ type: ResourceType, _ record: Record, _ transaction: Transaction) throws {
        var columns: [SQL] = []
        var values: [SQL] = []
        for attribute in type.attributes {
            guard let column = attribute.storage.column else { continue }
            columns.append(.identifier(column))
            values.append(try bound(record[attribute.name], attribute))
        }
        if type.object == .securityGroupRule {
            // Unique from the start; what the rule means follows at once.
            columns.append("fingerprint")
            values.append("\(record.id)")
        }
        if type.attribute("created_at") == nil {
            columns.append("created_at, updated_at, revision_number")
            values.append("UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 0")
        }
        try transaction.execute(
            """
            INSERT INTO \(identifier: type.table) (\(sql: .joined(columns, separator: ", ")))
            VALUES (\(sql: .joined(values, separator: ", ")))
            """)
    }

    /// Writes the changed attributes that have columns, and counts the revision up.
    package static func update(
        _ type: ResourceType, _ id: String, _ changes: [String: JSONValue], at now: Date, _ transaction: Transaction
    ) throws {
        var sets: [SQL] = ["updated_at = \(now)", "revision_number = revision_number + 1"]
        for attribute in type.attributes {
            guard let value = changes[attribute.name], let column = attribute.storage.column else { continue }
            sets.append("\(identifier: column) = \(sql: try bound(value, attribute))")
        }
        try transaction.execute(
            "UPDATE \(identifier: type.table) SET \(sql: .joined(sets, separator: ", ")) WHERE id = \(id)")
    }

    package static func delete(_ type: ResourceType, _ id: String, _ transaction: Transaction) throws {
        try delete(type, [id], transaction)
    }

    package static func delete(_ type: ResourceType, _ ids: [String], _ transaction: Transaction) throws {
        guard !ids.isEmpty else { return }
        try transaction.execute("DELETE FROM \(identifier: type.table) WHERE id IN \(anyOf: ids)")
        if type.acceptsTags { try transaction.execute("DELETE FROM tags WHERE resource_id IN \(anyOf: ids)") }
    }

    private static func record(_ row: Row, _ attributes: [Attribute]) throws -> Record {
        var record = Record()
        for attribute in attributes {
            switch attribute.storage {
            case .text(let column):
                let text: String? = try row.get(column.description)
                record[attribute.name] = text.map { .string($0) } ?? .null
            case .integer(let column):
                let number: Int64? = try row.get(column.description)
                record[attribute.name] = number.map { .integer($0) } ?? .null
            case .flag(let column):
                let flag: Bool = try row.get(column.description)
                record[attribute.name] = .bool(flag)
            case .document(let column):
                let document: JSONValue = try row.get(column.description)
                record[attribute.name] = document
            case .time(let column):
                let time: Date = try row.get(column.description)
                record[attribute.name] = .string(time.iso8601)
            case .none: break
            }
        }
        return record
    }

    /// A value as a bound parameter of the attribute's column.
    package static func bound(_ value: JSONValue, _ attribute: Attribute) throws -> SQL {
        switch attribute.storage {
        case .text:
            let text: String? = value.string
            return "\(text)"
        case .integer:
            let number: Int? = value.int
            return "\(number)"
        case .flag: return "\(value.bool ?? false)"
        case .document: return "\(value)"
        case .time:
            guard let time = value.string.flatMap({ Date(iso8601: $0) }) else {
                throw ServiceError(.internal, "An unexpected error occurred.", detail: "\(attribute.name) is no time")
            }
            return "\(time)"
        case .none:
            throw ServiceError(.internal, "An unexpected error occurred.", detail: "\(attribute.name) has no column")
        }
    }
}
