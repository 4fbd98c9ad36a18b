public import Core

/// A condition of a `where` clause (RFC 7047 §5.1 `<condition>`).
public struct OVSDBCondition: Sendable, Hashable {
    public enum Function: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case includes, excludes
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    public var column: String
    public var function: Function
    public var value: OVSDBDatum

    public init(_ column: String, _ function: Function, _ value: OVSDBDatum) {
        self.column = column
        self.function = function
        self.value = value
    }

    /// The row with this id.
    public static func uuid(_ uuid: String) -> OVSDBCondition { .init("_uuid", .equal, .atom(.uuid(uuid))) }

    public var json: JSONValue { .array([.string(column), .string(function.rawValue), value.json]) }
}

/// A change to a column that needs no reading first (RFC 7047 §5.1 `<mutation>`).
public struct OVSDBMutation: Sendable, Hashable {
    public enum Mutator: String, Sendable {
        case add = "+="
        case subtract = "-="
        case insert, delete
    }

    public var column: String
    public var mutator: Mutator
    public var value: OVSDBDatum

    public init(_ column: String, _ mutator: Mutator, _ value: OVSDBDatum) {
        self.column = column
        self.mutator = mutator
        self.value = value
    }

    var json: JSONValue { .array([.string(column), .string(mutator.rawValue), value.json]) }
}

/// One operation of a transaction (RFC 7047 §5.2).
public enum OVSDBOperation: Sendable, Hashable {
    /// - Parameter name: by which later operations refer to the new row, see ``OVSDBAtom/namedUUID(_:)``.
    case insert(table: String, row: [String: OVSDBDatum], name: String? = nil)
    case update(table: String, where: [OVSDBCondition], row: [String: OVSDBDatum])
    case mutate(table: String, where: [OVSDBCondition], [OVSDBMutation])
    case delete(table: String, where: [OVSDBCondition])
    case select(table: String, where: [OVSDBCondition], columns: [String]? = nil)
    /// Fails the transaction unless the rows found are (or, with `equal` false, are not) exactly `rows`. It does not
    /// wait: the caller reads again and tries again.
    case wait(table: String, where: [OVSDBCondition], columns: [String], equal: Bool, rows: [[String: OVSDBDatum]])
    /// A line in the server's log of transactions.
    case comment(String)

    var json: JSONValue {
        switch self {
        case .insert(let table, let row, let name):
            var members: [String: JSONValue] = ["op": "insert", "table": .string(table), "row": Self.json(row)]
            if let name { members["uuid-name"] = .string(name) }
            return .object(members)
        case .update(let table, let conditions, let row):
            return ["op": "update", "table": .string(table), "where": Self.json(conditions), "row": Self.json(row)]
        case .mutate(let table, let conditions, let mutations):
            return [
                "op": "mutate", "table": .string(table), "where": Self.json(conditions),
                "mutations": .array(mutations.map(\.json)),
            ]
        case .delete(let table, let conditions):
            return ["op": "delete", "table": .string(table), "where": Self.json(conditions)]
        case .select(let table, let conditions, let columns):
            var members: [String: JSONValue] = [
                "op": "select", "table": .string(table), "where": Self.json(conditions),
            ]
            if let columns { members["columns"] = .array(columns.map { .string($0) }) }
            return .object(members)
        case .wait(let table, let conditions, let columns, let equal, let rows):
            return [
                "op": "wait", "table": .string(table), "where": Self.json(conditions), "timeout": 0,
                "columns": .array(columns.map { .string($0) }), "until": .string(equal ? "==" : "!="),
                "rows": .array(rows.map(Self.json)),
            ]
        case .comment(let text): return ["op": "comment", "comment": .string(text)]
        }
    }

    private static func json(_ row: [String: OVSDBDatum]) -> JSONValue { .object(row.mapValues(\.json)) }
    private static func json(_ conditions: [OVSDBCondition]) -> JSONValue { .array(conditions.map(\.json)) }
}
