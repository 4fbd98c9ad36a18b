package import Core
package import Database

/// Credentials, policy documents and OAuth consumers: opaque texts that the service only keeps.
package enum CredentialStore {
    /// The blob is still encrypted.
    private static func credential(_ row: Row) throws -> Credential {
        Credential(
            id: try row.get("id"), userID: try row.get("user_id"), projectID: try row.get("project_id"),
            type: try row.get("type"), blob: try row.get("encrypted_blob"), extra: try row.object("extra"))
    }

    package static func find(
        _ id: CredentialID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> Credential? {
        try tx.first("SELECT * FROM credentials WHERE id = \(id)\(sql: reading.lock)").map(credential)
    }

    package static func list(user: UserID? = nil, type: String? = nil, _ tx: Transaction) throws -> [Credential] {
        var conditions: [SQL] = []
        if let user { conditions.append("user_id = \(user)") }
        if let type { conditions.append("type = \(type)") }
        return try tx.query("SELECT * FROM credentials\(sql: .whereAll(conditions)) ORDER BY id").map(credential)
    }

    package static func count(of user: UserID, _ tx: Transaction) throws -> Int {
        try tx.first("SELECT COUNT(*) AS number FROM credentials WHERE user_id = \(user)")?.get("number") ?? 0
    }

    package static func insert(_ credential: Credential, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO credentials (id, user_id, project_id, type, encrypted_blob, extra)
            VALUES (\(credential.id), \(credential.userID), \(credential.projectID), \(credential.type),
                \(credential.blob), \(JSONValue.object(credential.extra)))
            """)
    }

    package static func update(_ credential: Credential, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE credentials SET user_id = \(credential.userID), project_id = \(credential.projectID),
                type = \(credential.type), encrypted_blob = \(credential.blob),
                extra = \(JSONValue.object(credential.extra)), version = version + 1
            WHERE id = \(credential.id)
            """)
    }

    package static func delete(_ id: CredentialID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM credentials WHERE id = \(id)")
    }
}

package enum PolicyDocumentStore {
    private static func document(_ row: Row) throws -> PolicyDocument {
        PolicyDocument(
            id: try row.get("id"), type: try row.get("type"), blob: try row.get("policy_blob"),
            extra: try row.object("extra"))
    }

    package static func find(
        _ id: PolicyDocumentID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> PolicyDocument? {
        try tx.first("SELECT * FROM policies WHERE id = \(id)\(sql: reading.lock)").map(document)
    }

    package static func list(type: String?, _ tx: Transaction) throws -> [PolicyDocument] {
        let conditions: [SQL] = type.map { ["type = \($0)"] } ?? []
        return try tx.query("SELECT * FROM policies\(sql: .whereAll(conditions)) ORDER BY id").map(document)
    }

    package static func insert(_ document: PolicyDocument, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO policies (id, type, policy_blob, extra)
            VALUES (\(document.id), \(document.type), \(document.blob), \(JSONValue.object(document.extra)))
            """)
    }

    package static func update(_ document: PolicyDocument, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE policies SET type = \(document.type), policy_blob = \(document.blob),
                extra = \(JSONValue.object(document.extra)), version = version + 1
            WHERE id = \(document.id)
            """)
    }

    package static func delete(_ id: PolicyDocumentID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM policies WHERE id = \(id)")
    }
}

package enum ConsumerStore {
    /// The secret is still encrypted.
    private static func consumer(_ row: Row) throws -> Consumer {
        Consumer(
            id: try row.get("id"), description: try row.get("description"), secret: try row.get("encrypted_secret"),
            extra: try row.object("extra"))
    }

    package static func find(
        _ id: ConsumerID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> Consumer? {
        try tx.first("SELECT * FROM consumers WHERE id = \(id)\(sql: reading.lock)").map(consumer)
    }

    package static func list(_ tx: Transaction) throws -> [Consumer] {
        try tx.query("SELECT * FROM consumers ORDER BY id").map(consumer)
    }

    package static func insert(_ consumer: Consumer, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO consumers (id, description, encrypted_secret, extra)
            VALUES (\(consumer.id), \(consumer.description), \(consumer.secret), \(JSONValue.object(consumer.extra)))
            """)
    }

    package static func update(_ consumer: Consumer, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE consumers SET description = \(consumer.description), extra = \(JSONValue.object(consumer.extra))
            WHERE id = \(consumer.id)
            """)
    }

    package static func delete(_ id: ConsumerID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM consumers WHERE id = \(id)")
    }
}
