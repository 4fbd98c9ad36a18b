public import Core
public import FoundationEssentials

/// A value as it is bound and fetched.
public enum SQLData: Sendable, Hashable {
    case null
    case integer(Int64)
    case double(Double)
    /// Microseconds since 1970-01-01 UTC: MariaDB's DATETIME(6), kept in UTC.
    case time(Int64)
    case text(String)
    case bytes([UInt8])
}

/// What can be bound into a statement and read from a row.
///
/// An enum of strings needs no more than `extension VMState: SQLValue {}`.
public protocol SQLValue: Sendable {
    var sqlData: SQLData { get }
    /// - Throws: `SQLDecodingError` when the column holds something else.
    static func decode(_ data: SQLData) throws(SQLDecodingError) -> Self
}

/// A column did not hold what the code expected: code and schema differ.
public struct SQLDecodingError: Error, Sendable {
    public let expected: String
    public let found: SQLData

    public init(_ expected: String, _ found: SQLData) {
        self.expected = expected
        self.found = found
    }
}

extension String: SQLValue {
    public var sqlData: SQLData { .text(self) }

    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> String {
        switch data {
        case .text(let text): return text
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else { throw SQLDecodingError("text", data) }
            return text
        case .integer(let value): return String(value)
        default: throw SQLDecodingError("text", data)
        }
    }
}

extension Int64: SQLValue {
    public var sqlData: SQLData { .integer(self) }

    /// Also reads DECIMAL, which is what SUM of integers is.
    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> Int64 {
        switch data {
        case .integer(let value): return value
        case .bytes(let bytes):
            guard let value = Int64(String(decoding: bytes, as: UTF8.self)) else {
                throw SQLDecodingError("integer", data)
            }
            return value
        case .text(let text):
            guard let value = Int64(text) else { throw SQLDecodingError("integer", data) }
            return value
        case .double(let value):
            guard let exact = Int64(exactly: value) else { throw SQLDecodingError("integer", data) }
            return exact
        default: throw SQLDecodingError("integer", data)
        }
    }
}

extension Int: SQLValue {
    public var sqlData: SQLData { .integer(Int64(self)) }
    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> Int { Int(try Int64.decode(data)) }
}

extension Int32: SQLValue {
    public var sqlData: SQLData { .integer(Int64(self)) }

    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> Int32 {
        guard let value = Int32(exactly: try Int64.decode(data)) else { throw SQLDecodingError("Int32", data) }
        return value
    }
}

extension Bool: SQLValue {
    public var sqlData: SQLData { .integer(self ? 1 : 0) }
    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> Bool { try Int64.decode(data) != 0 }
}

extension Double: SQLValue {
    public var sqlData: SQLData { .double(self) }

    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> Double {
        switch data {
        case .double(let value): return value
        case .integer(let value): return Double(value)
        case .bytes(let bytes):
            guard let value = Double(String(decoding: bytes, as: UTF8.self)) else {
                throw SQLDecodingError("number", data)
            }
            return value
        case .text(let text):
            guard let value = Double(text) else { throw SQLDecodingError("number", data) }
            return value
        default: throw SQLDecodingError("number", data)
        }
    }
}

extension Date: SQLValue {
    public var sqlData: SQLData { .time(Int64((timeIntervalSince1970 * 1_000_000).rounded())) }

    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> Date {
        guard case .time(let microseconds) = data else { throw SQLDecodingError("time", data) }
        return Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
}

extension Array: SQLValue where Element == UInt8 {
    public var sqlData: SQLData { .bytes(self) }

    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> [UInt8] {
        switch data {
        case .bytes(let bytes): return bytes
        case .text(let text): return [UInt8](text.utf8)
        default: throw SQLDecodingError("bytes", data)
        }
    }
}

extension ID: SQLValue {
    public var sqlData: SQLData { .text(rawValue) }
    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> ID { ID(try String.decode(data)) }
}

extension JSONValue: SQLValue {
    public var sqlData: SQLData { .text(jsonText) }

    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> JSONValue {
        let text = try String.decode(data)
        do {
            return try JSONValue(parsing: text)
        } catch {
            throw SQLDecodingError("JSON", data)
        }
    }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    public var sqlData: SQLData { self?.sqlData ?? .null }

    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> Wrapped? {
        if case .null = data { return nil }
        return try Wrapped.decode(data)
    }
}

extension SQLValue where Self: RawRepresentable, RawValue == String {
    public var sqlData: SQLData { .text(rawValue) }

    public static func decode(_ data: SQLData) throws(SQLDecodingError) -> Self {
        guard let value = Self(rawValue: try String.decode(data)) else {
            throw SQLDecodingError("\(Self.self)", data)
        }
        return value
    }
}
