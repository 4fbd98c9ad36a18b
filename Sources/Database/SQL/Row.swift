import Core

/// One row of a result, read by column name.
public struct Row: Sendable {
    let columns: RowColumns
    let values: [SQLData]

    /// The column's value.
    /// - Throws: `ServiceError` with code `.internal` when there is no such column or it holds another type.
    public func get<T: SQLValue>(_ column: String) throws -> T {
        let data = try self.data(column)
        do {
            return try T.decode(data)
        } catch {
            throw ServiceError(
                .internal, "An unexpected database error occurred.",
                detail: "column \(column) is not \(error.expected)", cause: error)
        }
    }

    /// The column's value, of a type that the context does not tell.
    public func get<T: SQLValue>(_ column: String, as _: T.Type) throws -> T { try get(column) }

    /// The same for an enum of strings that is no `SQLValue`.
    @_disfavoredOverload
    public func get<T: RawRepresentable>(_ column: String) throws -> T where T.RawValue == String {
        let text: String = try get(column)
        guard let value = T(rawValue: text) else {
            throw ServiceError(
                .internal, "An unexpected database error occurred.", detail: "column \(column) is no \(T.self): \(text)"
            )
        }
        return value
    }

    /// The same for an optional enum of strings that is no `SQLValue`.
    @_disfavoredOverload
    public func get<T: RawRepresentable>(_ column: String) throws -> T? where T.RawValue == String {
        if case .null = try data(column) { return nil }
        let value: T = try get(column)
        return value
    }

    public func has(_ column: String) -> Bool { columns.index[column] != nil }

    public var columnNames: [String] { columns.names }

    fileprivate func data(_ column: String) throws -> SQLData {
        guard let index = columns.index[column] else {
            throw ServiceError(
                .internal, "An unexpected database error occurred.",
                detail: "no column \(column) in \(columns.names.joined(separator: ", "))")
        }
        return values[index]
    }
}

/// The names of a result's columns, shared by its rows.
final class RowColumns: Sendable {
    let names: [String]
    let index: [String: Int]

    init(_ names: [String]) {
        self.names = names
        index = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// What a conditional update did.
public enum Change: Sendable {
    /// It was made; the row as it is now.
    case changed(Row)
    /// The row is there but not in the state asked for.
    case conflict(current: Row)
    /// There is no such row.
    case missing
}

extension Row {
    /// The column's value as it came, to be bound again: for comparisons with a row already read.
    public func raw(_ column: String) throws -> SQLData { try data(column) }
}

extension SQLData: SQLValue {
    public var sqlData: SQLData { self }
    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> SQLData { data }
}
