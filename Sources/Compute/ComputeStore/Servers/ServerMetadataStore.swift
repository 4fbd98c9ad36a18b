package import Core
package import Database

/// Metadata and tags of servers.
package enum ServerMetadataStore {
    /// The metadata of several servers, by server.
    package static func metadata(
        of servers: [ServerID], in database: Database
    ) async throws -> [ServerID: [String: String]] {
        guard !servers.isEmpty else { return [:] }
        let rows = try await database.query(
            "SELECT server_id, name, value FROM server_metadata WHERE server_id IN \(anyOf: servers)")
        return try rows.reduce(into: [:]) { all, row in
            all[try row.get("server_id", as: ServerID.self), default: [:]][try row.get("name", as: String.self)] =
                try row.get("value", as: String.self)
        }
    }

    package static func metadata(of server: ServerID, in transaction: Transaction) throws -> [String: String] {
        try transaction.query("SELECT name, value FROM server_metadata WHERE server_id = \(server)")
            .reduce(into: [:]) { $0[try $1.get("name", as: String.self)] = try $1.get("value", as: String.self) }
    }

    package static func set(_ items: [String: String], of server: ServerID, in transaction: Transaction) throws {
        try set(items, of: [server], in: transaction)
    }

    /// Gives several servers the same items.
    package static func set(_ items: [String: String], of servers: [ServerID], in transaction: Transaction) throws {
        let sorted = items.sorted { $0.key < $1.key }
        let rows = servers.flatMap { server in sorted.map { "(\(server), \($0.key), \($0.value))" as SQL } }
        guard !rows.isEmpty else { return }
        try transaction.execute(
            """
            INSERT INTO server_metadata (server_id, name, value) VALUES \(sql: .joined(rows, separator: ", "))
            ON DUPLICATE KEY UPDATE value = VALUE(value)
            """)
    }

    package static func clear(of server: ServerID, in transaction: Transaction) throws {
        try transaction.execute("DELETE FROM server_metadata WHERE server_id = \(server)")
    }

    package static func remove(_ name: String, of server: ServerID, in transaction: Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM server_metadata WHERE server_id = \(server) AND name = \(name)") > 0
    }
}

/// Tags of servers.
package enum ServerTagStore {
    /// The tags of several servers, sorted.
    package static func tags(of servers: [ServerID], in database: Database) async throws -> [ServerID: [String]] {
        guard !servers.isEmpty else { return [:] }
        let rows = try await database.query(
            "SELECT server_id, tag FROM server_tags WHERE server_id IN \(anyOf: servers) ORDER BY server_id, tag")
        return try rows.reduce(into: [:]) {
            $0[try $1.get("server_id", as: ServerID.self), default: []].append(try $1.get("tag", as: String.self))
        }
    }

    package static func tags(of server: ServerID, in transaction: Transaction) throws -> [String] {
        try transaction.query("SELECT tag FROM server_tags WHERE server_id = \(server) ORDER BY tag")
            .map { try $0.get("tag") }
    }

    package static func add(_ tags: [String], to server: ServerID, in transaction: Transaction) throws {
        try add(tags, to: [server], in: transaction)
    }

    /// Gives several servers the same tags.
    package static func add(_ tags: [String], to servers: [ServerID], in transaction: Transaction) throws {
        let rows = servers.flatMap { server in tags.map { "(\(server), \($0))" as SQL } }
        guard !rows.isEmpty else { return }
        try transaction.execute(
            "INSERT IGNORE INTO server_tags (server_id, tag) VALUES \(sql: .joined(rows, separator: ", "))")
    }

    package static func clear(of server: ServerID, in transaction: Transaction) throws {
        try transaction.execute("DELETE FROM server_tags WHERE server_id = \(server)")
    }

    package static func remove(_ tag: String, from server: ServerID, in transaction: Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM server_tags WHERE server_id = \(server) AND tag = \(tag)") > 0
    }
}
