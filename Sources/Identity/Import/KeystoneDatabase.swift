import Core
package import Database
import FoundationEssentials

/// The database of a Keystone that is to be taken over. It is only read.
package struct KeystoneDatabase: Sendable {
    let database: Database

    /// Newest revisions of the schemas that are understood: from Yoga, which Zed's is, to 2026.1.
    private static let revisions: Set<String> = [
        "27e647c0fad4", "29e87d24a316", "e25ffa003242", "11c3b243b4cb", "b4f8b3f584e0", "99de3849d860",
        "c88cdce8f248", "47147121", "e8725d6fa226", "742c857f1dfb",
    ]

    package init(_ database: Database) { self.database = database }

    /// What a `[database] connection` of Keystone's configuration says.
    /// - Throws: `ConfigurationError` for anything but MariaDB or MySQL.
    package static func options(_ connection: String) throws -> DatabaseOptions {
        func bad(_ reason: String) -> ConfigurationError {
            // Not the text itself: it has a password.
            ConfigurationError("the connection is not mysql+pymysql://USER:PASSWORD@HOST:PORT/NAME: \(reason)")
        }
        guard let mark = connection.firstRange(of: "://") else { throw bad("it has no scheme") }
        let scheme = connection[..<mark.lowerBound].split(separator: "+").first ?? ""
        guard scheme == "mysql" || scheme == "mariadb" else { throw bad("only MariaDB and MySQL can be read") }
        let parts = connection[mark.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let slash = parts[0].lastIndex(of: "/") else { throw bad("it names no database") }
        let authority = parts[0][..<slash]
        guard let at = authority.lastIndex(of: "@") else { throw bad("it names no user") }
        let login = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let host = hostAndPort(authority[authority.index(after: at)...])
        guard let user = PercentCoding.decoded(login[0]), !user.isEmpty, (1...2).contains(host.count),
            let password = PercentCoding.decoded(login.count > 1 ? login[1] : ""),
            let port = host.count > 1 ? Int(host[1]) : 3306
        else { throw bad("user, password or port cannot be read") }
        var options = DatabaseOptions(
            host: String(host[0]), port: port, user: user, password: password,
            name: String(parts[0][parts[0].index(after: slash)...]), poolSize: 2)
        for setting in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = setting.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let value = PercentCoding.decoded(pair[1]) else { continue }
            if pair[0] == "unix_socket" { options.socket = value }
            if pair[0] == "ssl_ca" { options.tlsCA = value }
            if pair[0] == "ssl_cert" { options.tlsCertificate = value }
            if pair[0] == "ssl_key" { options.tlsKey = value }
        }
        return options
    }

    /// The colons of an IPv6 address are within brackets.
    private static func hostAndPort(_ text: Substring) -> [Substring] {
        guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else {
            return text.split(separator: ":", omittingEmptySubsequences: false)
        }
        let address = text[text.index(after: text.startIndex)..<end]
        let rest = text[text.index(after: end)...]
        guard !rest.isEmpty else { return [address] }
        return rest.hasPrefix(":") ? [address, rest.dropFirst()] : []
    }

    /// - Throws: `.preconditionFailed` for a schema that is not known: half understood is worse than refused.
    package func checkSchema() async throws {
        let found: Set<String>
        do {
            found = Set(
                try await database.query("SELECT version_num FROM alembic_version").map { try $0.get("version_num") })
        } catch let error as ServiceError where error.code != .unavailable {
            throw ServiceError(
                .preconditionFailed,
                "That is no database of a Keystone since Zed: upgrade it first, with its own keystone-manage db_sync.",
                cause: error)
        }
        let unknown = found.subtracting(Self.revisions)
        guard !found.isEmpty, unknown.isEmpty else {
            throw ServiceError(
                .preconditionFailed,
                "The Keystone's schema is at a revision that is not known: \(unknown.sorted().joined(separator: ", "))."
            )
        }
    }

    func read(_ sql: SQL) async throws -> [Row] { try await database.query(sql) }
}

/// `%2F` and the like in a URL's parts.
private enum PercentCoding {
    static func decoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self)), value.count == 1 else {
                return nil
            }
            bytes += value
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension Row {
    /// A column of JSON text that may be NULL or empty.
    func json(_ column: String) throws -> JSONValue {
        guard let text: String = try get(column), !text.isEmpty else { return .null }
        let value = try JSONValue(parsing: text)
        // Keystone writes some texts as JSON of JSON.
        guard let inner = value.string, inner.hasPrefix("{") || inner.hasPrefix("[") else { return value }
        return (try? JSONValue(parsing: inner)) ?? value
    }

    /// What users added to a resource.
    func added(_ column: String = "extra") throws -> JSONObject { try json(column).object ?? [:] }

    /// A time in microseconds since 1970; of rows older than the column, in another.
    func instant(_ column: String, or other: String? = nil) throws -> Date? {
        if let microseconds: Int64 = try get(column), microseconds != 0 {
            return Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
        }
        return try other.flatMap { try get($0) }
    }

    /// Keystone's marks for no domain are none.
    func domain(_ column: String) throws -> DomainID? {
        let text: String? = try get(column)
        return text.flatMap { $0.isEmpty || $0.hasPrefix("<<") ? nil : DomainID($0) }
    }
}
