internal import CMariaDB
public import Core

/// What the server or the client library said, as the cause below a `ServiceError`.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The server cannot be reached, refuses connections, or is shutting down.
        case unreachable
        /// The server takes no changes now: it is read-only, or out of room.
        case refusesChanges
        /// The connection broke while it was used; what was running may or may not have been done.
        case connectionLost
        case deadlock
        case lockWaitTimeout
        case duplicateKey(name: String)
        case foreignKey(name: String)
        case checkFailed(name: String)
        /// A value that its column cannot hold or be compared with: too long, out of range, of another form or alphabet.
        case valueRefused
        /// The prepared statement no longer fits the table: prepare it again.
        case statementOutdated
        case other
    }

    public let kind: Kind
    /// MariaDB's error number: 1000… from the server, 2000… from the client library.
    public let number: Int
    public let sqlState: String
    public let text: String

    public var description: String { "MariaDB \(number) (\(sqlState)): \(text)" }

    public init(number: Int, sqlState: String, text: String) {
        self.number = number
        self.sqlState = sqlState
        self.text = text
        kind = Self.classify(number, text)
    }

    init(_ error: apus_db_error) {
        self.init(number: Int(error.number), sqlState: string(error.sqlstate), text: string(error.message))
    }

    /// Numbers from MariaDB's error reference.
    private static func classify(_ number: Int, _ text: String) -> Kind {
        switch number {
        case 2006, 2013, 1927, 1159, 1160, 1161, 4031: .connectionLost
        case 2002, 2003, 2005, 1040, 1053, 1047, 1044, 1045, 1049, 1129, 1130, 1203, 1226, 2026: .unreachable
        case 1290, 1836, 1021, 1114: .refusesChanges
        case 1213, 1020: .deadlock
        case 1205: .lockWaitTimeout
        case 1062: .duplicateKey(name: quoted(text, after: "for key "))
        case 1451, 1452: .foreignKey(name: quoted(text, after: "CONSTRAINT "))
        case 4025: .checkFailed(name: quoted(text, after: "CONSTRAINT "))
        case 1264, 1265, 1267, 1292, 1366, 1406, 1690: .valueRefused
        case 1615, 2057: .statementOutdated
        default: .other
        }
    }

    /// The name between quotes that follows `marker`, without its table: `'servers.uq_name'` is `uq_name`.
    private static func quoted(_ text: String, after marker: String) -> String {
        var rest = Substring(text)
        while !rest.isEmpty, !rest.hasPrefix(marker) { rest.removeFirst() }
        rest = rest.dropFirst(marker.count)
        guard let quote = rest.first, quote == "'" || quote == "`" else { return "" }
        let name = rest.dropFirst().prefix { $0 != quote }
        return String(name.split(separator: ".").last ?? name)
    }
}

extension DatabaseError {
    /// The same, as the error that crosses modules. The public message never names tables or values.
    func serviceError(_ doing: @autoclosure () -> String) -> ServiceError {
        switch kind {
        case .unreachable, .connectionLost:
            ServiceError(.unavailable, "The database is not reachable.", detail: doing(), cause: self)
        case .refusesChanges:
            ServiceError(.unavailable, "The database takes no changes at present.", detail: doing(), cause: self)
        case .deadlock, .lockWaitTimeout:
            ServiceError(.unavailable, "The database is busy.", detail: doing(), cause: self)
        case .duplicateKey:
            ServiceError(.conflict, "The same thing already exists.", detail: doing(), cause: self)
        case .foreignKey:
            ServiceError(.conflict, "Another resource depends on this one or is missing.", detail: doing(), cause: self)
        case .valueRefused:
            // Values come from requests. What an API's own checks let pass is refused all the same.
            ServiceError(.badRequest, "A value is too long or out of range.", detail: doing(), cause: self)
        case .checkFailed, .statementOutdated, .other:
            ServiceError(.internal, "An unexpected database error occurred.", detail: doing(), cause: self)
        }
    }
}

extension ServiceError {
    /// The name of the unique key that a write met, if that is what failed.
    public var duplicateKey: String? {
        if case .duplicateKey(let name)? = (cause as? DatabaseError)?.kind { name } else { nil }
    }

    /// The name of the CHECK constraint that refused a write, if that is what failed.
    public var failedCheck: String? {
        if case .checkFailed(let name)? = (cause as? DatabaseError)?.kind { name } else { nil }
    }

    /// The name of the foreign key that refused a write, if that is what failed.
    public var violatedForeignKey: String? {
        if case .foreignKey(let name)? = (cause as? DatabaseError)?.kind { name } else { nil }
    }
}

/// The text of a zero-terminated C array, which Swift shows as a tuple.
private func string<Tuple>(_ tuple: Tuple) -> String {
    withUnsafeBytes(of: tuple) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
