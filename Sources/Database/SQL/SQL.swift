/// A statement with its values apart: `"SELECT * FROM servers WHERE id = \(id)"` binds the id.
///
/// A string can get into the text only as a literal; what is interpolated is a value. Splice another
/// statement with `\(sql: part)`, a list of values with `IN \(anyOf: states)`.
public struct SQL: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public private(set) var text: String
    public private(set) var values: [SQLData]

    public init(stringLiteral value: StaticString) {
        text = value.description
        values = []
    }

    public init(stringInterpolation interpolation: StringInterpolation) {
        text = interpolation.text
        values = interpolation.values
    }

    init(text: String, values: [SQLData]) {
        self.text = text
        self.values = values
    }

    public static func + (left: SQL, right: SQL) -> SQL {
        SQL(text: left.text + right.text, values: left.values + right.values)
    }

    public static func += (left: inout SQL, right: SQL) {
        left.text += right.text
        left.values += right.values
    }

    /// The parts with `separator` between them.
    public static func joined(_ parts: [SQL], separator: StaticString) -> SQL {
        SQL(
            text: parts.map(\.text).joined(separator: separator.description),
            values: parts.flatMap(\.values))
    }

    /// The name of a table or column, known when the program was written.
    public static func identifier(_ name: StaticString) -> SQL { SQL(text: "`\(name)`", values: []) }
}

extension SQL {
    public struct StringInterpolation: StringInterpolationProtocol {
        var text: String
        var values: [SQLData] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        /// Binds one value.
        public mutating func appendInterpolation(_ value: some SQLValue) {
            text += "?"
            values.append(value.sqlData)
        }

        /// Binds a value or NULL. Apart from the one above, so that the compiler sees that optionals are meant.
        public mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) {
            text += "?"
            values.append(value?.sqlData ?? .null)
        }

        /// Binds one value.
        public mutating func appendInterpolation(value: some SQLValue) { appendInterpolation(value) }

        /// Binds a value or NULL.
        public mutating func appendInterpolation<Value: SQLValue>(value: Value?) { appendInterpolation(value) }

        /// `(?, ?, …)` for `IN`; `(NULL)`, which nothing is in, for no values.
        public mutating func appendInterpolation(anyOf list: some Collection<some SQLValue>) {
            if list.isEmpty {
                text += "(NULL)"
            } else {
                text += "(" + repeatElement("?", count: list.count).joined(separator: ",") + ")"
                values += list.map(\.sqlData)
            }
        }

        /// Splices another statement with its values.
        public mutating func appendInterpolation(sql: SQL) {
            text += sql.text
            values += sql.values
        }

        /// The name of a table or column, known when the program was written.
        public mutating func appendInterpolation(identifier: StaticString) { text += "`\(identifier)`" }
    }
}
