package import Core
package import Database
package import FoundationEssentials

/// A user's public key. The private half is shown once, when we make it, and never kept.
package struct Keypair: Sendable {
    package var number: Int64
    package var user: UserID
    package var name: String
    package var type: String
    package var fingerprint: String
    package var publicKey: String
    package var createdAt: Date

    package init(
        user: UserID, name: String, type: String, fingerprint: String, publicKey: String, createdAt: Date
    ) {
        number = 0
        self.user = user
        self.name = name
        self.type = type
        self.fingerprint = fingerprint
        self.publicKey = publicKey
        self.createdAt = createdAt
    }

    init(_ row: Row) throws {
        self.init(
            user: try row.get("user_id"), name: try row.get("name"), type: try row.get("type"),
            fingerprint: try row.get("fingerprint"), publicKey: try row.get("public_key"),
            createdAt: try row.get("created_at"))
        number = try row.get("number")
    }
}

package enum KeypairStore {
    package static func find(_ name: String, of user: UserID, in database: Database) async throws -> Keypair? {
        try await database.first("SELECT * FROM keypairs WHERE user_id = \(user) AND name = \(name)").map(Keypair.init)
    }

    /// - Throws: `.conflict` when the user has a keypair of that name.
    package static func insert(_ keypair: Keypair, in transaction: Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO keypairs (user_id, name, type, fingerprint, public_key, created_at)
            VALUES (\(keypair.user), \(keypair.name), \(keypair.type), \(keypair.fingerprint), \(keypair.publicKey),
                \(keypair.createdAt))
            """)
    }

    package static func count(of user: UserID, in transaction: Transaction) throws -> Int {
        try transaction.first("SELECT COUNT(*) AS found FROM keypairs WHERE user_id = \(user)")?.get("found") ?? 0
    }

    /// In the order of their names, after `marker`.
    package static func list(
        of user: UserID, after marker: String?, limit: Int, in database: Database
    ) async throws -> [Keypair] {
        try await database.query(
            """
            SELECT * FROM keypairs WHERE user_id = \(user) AND (\(marker) IS NULL OR name > \(marker))
            ORDER BY name LIMIT \(limit)
            """
        ).map(Keypair.init)
    }

    package static func delete(_ name: String, of user: UserID, in database: Database) async throws -> Bool {
        try await database.execute("DELETE FROM keypairs WHERE user_id = \(user) AND name = \(name)") > 0
    }
}
