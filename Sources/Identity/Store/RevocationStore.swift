package import Core
package import Database
package import FoundationEssentials

/// Which tokens were revoked. Tokens are stored nowhere; what is stored is what makes them void.
package enum RevocationStore {
    private static func event(_ row: Row) throws -> RevocationEvent {
        RevocationEvent(
            userID: try row.get("user_id"), projectID: try row.get("project_id"),
            domainID: try row.get("domain_id"), trustID: try row.get("trust_id"),
            applicationCredentialID: try row.get("application_credential_id"), auditID: try row.get("audit_id"),
            auditChainID: try row.get("audit_chain_id"), issuedBefore: try row.get("issued_before"))
    }

    /// - Returns: the event with its number, to be announced after the commit.
    package static func add(_ event: RevocationEvent, at now: Date, _ tx: Transaction) throws -> RevocationEvent {
        try insert([event], at: now, tx)
        return try number(event, tx)
    }

    /// Adds several, of one request.
    /// - Returns: one event that covers them, with its number, to be announced after the commit; nil for none.
    package static func add(
        _ events: [RevocationEvent], at now: Date, _ tx: Transaction
    ) throws -> RevocationEvent? {
        try insert(events, at: now, tx)
        return try RevocationEvent.covering(events).map { try number($0, tx) }
    }

    private static func insert(_ events: [RevocationEvent], at now: Date, _ tx: Transaction) throws {
        for part in events.statementParts { try insert(part, now, tx) }
    }

    private static func insert(_ events: ArraySlice<RevocationEvent>, _ now: Date, _ tx: Transaction) throws {
        let rows = events.map { event -> SQL in
            """
            (\(event.userID), \(event.projectID), \(event.domainID), \(event.trustID),
                \(event.applicationCredentialID), \(event.auditID), \(event.auditChainID), \(event.issuedBefore),
                \(now))
            """
        }
        try tx.execute(
            """
            INSERT INTO revocation_events (user_id, project_id, domain_id, trust_id, application_credential_id,
                audit_id, audit_chain_id, issued_before, revoked_at)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }

    /// Numbers an event that needs no row, since validation itself sees what changed; caches must hear of it.
    ///
    /// The counter's row is locked until the commit, so numbers become visible in their order and without gaps.
    package static func number(_ event: RevocationEvent, _ tx: Transaction) throws -> RevocationEvent {
        var numbered = event
        numbered.sequence = try tx.first(
            """
            INSERT INTO revocation_sequence (id, value) VALUES (1, 1) ON DUPLICATE KEY UPDATE value = value + 1
            RETURNING value
            """)?.get("value")
        return numbered
    }

    /// The number of the newest revocation; 0 when there was none.
    package static func sequence(_ database: Database) async throws -> Int64 {
        try await database.sharedFirst("SELECT value FROM revocation_sequence WHERE id = 1") { try $0.get("value") }
            ?? 0
    }

    /// Events that a token made at `issuedAt` might fall under. Whole seconds, as Fernet keeps them: a
    /// token of the same second as the event counts as before it.
    package static func events(since issuedAt: Date, _ tx: Transaction) throws -> [RevocationEvent] {
        try tx.query("SELECT * FROM revocation_events WHERE issued_before >= \(issuedAt)").map(event)
    }

    /// Whether any event matches a token with these attributes.
    package static func isRevoked(
        users: [UserID], project: ProjectID?, domains: [DomainID], trust: TrustID?,
        applicationCredential: ApplicationCredentialID?, auditID: String, auditChainID: String, issuedAt: Date,
        _ tx: Transaction
    ) throws -> Bool {
        try tx.first(
            """
            SELECT 1 AS found FROM revocation_events
            WHERE issued_before >= \(issuedAt)
            AND (user_id IS NULL OR user_id IN \(anyOf: users))
            AND (project_id IS NULL OR project_id = \(project))
            AND (domain_id IS NULL OR domain_id IN \(anyOf: domains))
            AND (trust_id IS NULL OR trust_id = \(trust))
            AND (application_credential_id IS NULL OR application_credential_id = \(applicationCredential))
            AND (audit_id IS NULL OR audit_id = \(auditID))
            AND (audit_chain_id IS NULL OR audit_chain_id = \(auditChainID))
            LIMIT 1
            """) != nil
    }

    /// Forgets events older than any token can be. - Returns: how many, at most `limit`.
    package static func purge(before date: Date, limit: Int, _ tx: Transaction) throws -> Int {
        try tx.execute("DELETE FROM revocation_events WHERE revoked_at < \(date) LIMIT \(limit)")
    }
}
