package import Database

/// A sort order over columns, and the condition for what comes after a given row in it.
///
/// NULL sorts as the empty text, so that a page never ends at one.
package struct Keyset: Sendable {
    package struct Column: Sendable {
        let expression: SQL
        let column: String
        let isDescending: Bool
        let isText: Bool
    }

    let columns: [Column]

    /// The `ORDER BY` list.
    package var order: SQL {
        .joined(columns.map { $0.isDescending ? $0.expression + " DESC" : $0.expression + " ASC" }, separator: ", ")
    }

    /// Holds for the rows after `row`: (a > x) OR (a = x AND b > y) …
    package func after(_ row: Row) throws -> SQL {
        var alternatives: [SQL] = []
        var equal: [SQL] = []
        for column in columns {
            let value = try column.value(row)
            let beyond: SQL = column.isDescending ? " < " : " > "
            alternatives.append(
                "(" + SQL.joined(equal + [column.expression + beyond + value], separator: " AND ") + ")")
            equal.append(column.expression + " = " + value)
        }
        return "(" + SQL.joined(alternatives, separator: " OR ") + ")"
    }
}

extension Keyset.Column {
    static func text(_ expression: SQL, _ column: String, _ isDescending: Bool) -> Keyset.Column {
        .init(expression: "COALESCE(\(sql: expression), '')", column: column, isDescending: isDescending, isText: true)
    }

    static func other(_ expression: SQL, _ column: String, _ isDescending: Bool) -> Keyset.Column {
        .init(expression: expression, column: column, isDescending: isDescending, isText: false)
    }

    fileprivate func value(_ row: Row) throws -> SQL {
        if isText { return "\(try row.get(column, as: String?.self) ?? "")" }
        return "\(try row.raw(column))"
    }
}
