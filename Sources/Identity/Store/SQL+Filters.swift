package import Core
package import Database

extension SQL {
    /// The conditions with AND between them, after WHERE; nothing for none.
    package static func whereAll(_ conditions: [SQL]) -> SQL {
        conditions.isEmpty ? "" : " WHERE " + SQL.joined(conditions, separator: " AND ")
    }

    /// One condition per filter on a text column.
    package static func matching(_ filters: [TextFilter], _ column: SQL) -> [SQL] {
        filters.map { filter in
            switch filter {
            case .equals(let text): "\(sql: column) = \(text)"
            case .contains(let text, let exactCase): like(column, "%" + escaped(text) + "%", exactCase)
            case .startsWith(let text, let exactCase): like(column, escaped(text) + "%", exactCase)
            case .endsWith(let text, let exactCase): like(column, "%" + escaped(text), exactCase)
            }
        }
    }

    private static func like(_ column: SQL, _ pattern: String, _ exactCase: Bool) -> SQL {
        exactCase
            ? "\(sql: column) LIKE \(pattern) COLLATE utf8mb4_bin"
            : "\(sql: column) LIKE \(pattern)"
    }

    private static func escaped(_ text: String) -> String {
        String(text.flatMap { "\\%_".contains($0) ? ["\\", $0] : [$0] })
    }

    /// The condition that starts a page after its marker.
    package static func after(_ page: PageRequest, _ column: SQL) -> [SQL] {
        page.marker.map { ["\(sql: column) > \($0)"] } ?? []
    }

    /// The order of ids and the page's length.
    package static func ordered(_ page: PageRequest, _ column: SQL) -> SQL {
        " ORDER BY \(sql: column)" + (page.limit.map { " LIMIT \($0)" } ?? "")
    }
}

extension Row {
    /// A column that holds a JSON object.
    package func object(_ column: String) throws -> JSONObject {
        let value: JSONValue = try get(column)
        return value.object ?? [:]
    }

    /// An id that the table keeps as the empty text where there is none.
    package func id<Kind>(_ column: String, _: Kind.Type = Kind.self) throws -> ID<Kind>? {
        let text: String = try get(column)
        return text.isEmpty ? nil : ID(text)
    }
}
