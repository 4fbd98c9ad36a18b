import Core
package import Database

/// A list's filters, order and page, as parsed from a query.
package struct ListQuery: Sendable {
    package struct Sort: Sendable {
        package let attribute: Attribute
        package let descending: Bool
    }

    package var conditions: [SQL] = []
    package var sorts: [Sort] = []
    package var limit: Int?
    package var marker: String?
    package var isReversed = false

    package init() {}

    /// The order of rows: the keys asked for, then the id, so that it is total. A reversed page walks backwards.
    func order(_ type: ResourceType) -> SQL {
        let keys = keys(type).map { key -> SQL in
            let column: SQL = "r.\(identifier: key.column)"
            return key.descending != isReversed ? "\(sql: column) DESC" : "\(sql: column) ASC"
        }
        return " ORDER BY \(sql: .joined(keys, separator: ", "))"
    }

    /// The rows after `marker` in that order.
    func after(_ marker: Record, _ type: ResourceType) throws -> SQL {
        var equal: [SQL] = []
        var choices: [SQL] = []
        for key in keys(type) {
            guard let attribute = type.attribute(key.name) else { continue }
            let column: SQL = "r.\(identifier: key.column)"
            let value = try RecordStore.bound(marker[key.name], attribute)
            let beyond: SQL =
                if marker[key.name].isNull {
                    // NULL sorts first: everything else is beyond it one way, nothing the other.
                    key.descending != isReversed ? "FALSE" : "\(sql: column) IS NOT NULL"
                } else if key.descending != isReversed {
                    "(\(sql: column) < \(sql: value) OR \(sql: column) IS NULL)"
                } else {
                    "\(sql: column) > \(sql: value)"
                }
            choices.append("(\(sql: .joined(equal + [beyond], separator: " AND ")))")
            equal.append("\(sql: column) <=> \(sql: value)")
        }
        return "(\(sql: .joined(choices, separator: " OR ")))"
    }

    private func keys(_ type: ResourceType) -> [(name: String, column: StaticString, descending: Bool)] {
        var result: [(name: String, column: StaticString, descending: Bool)] = []
        for sort in sorts where sort.attribute.name != "id" {
            if let column = sort.attribute.storage.column {
                result.append((sort.attribute.name, column, sort.descending))
            }
        }
        let last = sorts.last { $0.attribute.name == "id" }
        result.append(("id", "id", last?.descending ?? false))
        return result
    }
}

extension RecordStore {
    /// A page of records, in the order asked for.
    /// - Parameter names: the attributes to read; nil for all.
    package static func page(
        _ type: ResourceType, only names: Set<String>? = nil, _ query: ListQuery, visible: SQL,
        _ transaction: Transaction
    ) throws -> [Record] {
        var conditions = [visible] + query.conditions
        if let marker = query.marker {
            guard let record = try find(type, marker, transaction) else {
                throw ServiceError(.badRequest, "Invalid input for marker. Reason: '\(marker)' is not found.")
            }
            conditions.append(try query.after(record, type))
        }
        var tail = query.order(type)
        if let limit = query.limit { tail += " LIMIT \(limit)" }
        let records = try select(
            type, only: names, where: .joined(conditions, separator: " AND "), tail: tail, transaction)
        return query.isReversed ? records.reversed() : records
    }
}
