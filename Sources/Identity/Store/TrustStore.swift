package import Core
package import Database
package import FoundationEssentials

package enum TrustStore {
    private static func trust(_ row: Row) throws -> Trust {
        Trust(
            id: try row.get("id"), trustor: try row.get("trustor_user_id"), trustee: try row.get("trustee_user_id"),
            projectID: try row.get("project_id"), isImpersonation: try row.get("impersonation"),
            expiresAt: try row.get("expires_at"), remainingUses: try row.get("remaining_uses"),
            redelegatedTrustID: try row.get("redelegated_trust_id"),
            redelegationCount: try row.get("redelegation_count"), deletedAt: try row.get("deleted_at"), roles: [])
    }

    private static func addRoles(_ trusts: inout [Trust], _ tx: Transaction) throws {
        guard !trusts.isEmpty else { return }
        var roles: [TrustID: [RoleID]] = [:]
        for row in try tx.query(
            "SELECT trust_id, role_id FROM trust_roles WHERE trust_id IN \(anyOf: trusts.map(\.id)) ORDER BY role_id")
        {
            roles[try row.get("trust_id"), default: []].append(try row.get("role_id"))
        }
        for index in trusts.indices { trusts[index].roles = roles[trusts[index].id] ?? [] }
    }

    /// A trust that is neither deleted nor used up nor past its end.
    package static func find(_ id: TrustID, at now: Date, _ tx: Transaction) throws -> Trust? {
        let row = try tx.first(
            """
            SELECT * FROM trusts WHERE id = \(id) AND deleted_at IS NULL
            AND (expires_at IS NULL OR expires_at > \(now)) AND (remaining_uses IS NULL OR remaining_uses > 0)
            """)
        guard let row else { return nil }
        var found = [try trust(row)]
        try addRoles(&found, tx)
        return found.first
    }

    /// The trust of a token already issued, whose last use may have been that token.
    package static func findForToken(_ id: TrustID, at now: Date, _ tx: Transaction) throws -> Trust? {
        let row = try tx.first(
            """
            SELECT * FROM trusts WHERE id = \(id) AND deleted_at IS NULL
            AND (expires_at IS NULL OR expires_at > \(now))
            """)
        guard let row else { return nil }
        var found = [try trust(row)]
        try addRoles(&found, tx)
        return found.first
    }

    /// A trust, or one that it was redelegated from.
    package struct Ancestor: Sendable {
        package var trustor: UserID
        /// Neither deleted nor past its end, and both its users are enabled, with their domains.
        package var isAlive: Bool
        package var vouchedUntil: Date?
    }

    /// The trust, the one that it was redelegated from, and so on to the first.
    package static func pedigree(of id: TrustID, at now: Date, _ tx: Transaction) throws -> [Ancestor] {
        try tx.query(
            """
            WITH RECURSIVE chain (id, depth) AS (
                SELECT \(id), 1
                UNION ALL
                SELECT t.redelegated_trust_id, chain.depth + 1 FROM trusts t JOIN chain ON t.id = chain.id
                WHERE t.redelegated_trust_id IS NOT NULL AND chain.depth < 32
            )
            SELECT t.trustor_user_id, \(sql: UserStore.vouchedUntil("t.trustor_user_id")) AS vouched_until,
                t.deleted_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > \(now))
                AND \(sql: isEnabled("t.trustor_user_id")) AND \(sql: isEnabled("t.trustee_user_id")) AS alive
            FROM chain LEFT JOIN trusts t ON t.id = chain.id ORDER BY chain.depth
            """
        ).map { row in
            Ancestor(
                trustor: UserID(try row.get("trustor_user_id", as: String?.self) ?? ""),
                isAlive: try row.get("alive", as: Bool?.self) ?? false, vouchedUntil: try row.get("vouched_until"))
        }
    }

    private static func isEnabled(_ user: SQL) -> SQL {
        """
        EXISTS (SELECT 1 FROM users u JOIN projects d ON d.id = u.domain_id
            WHERE u.id = \(sql: user) AND u.enabled AND d.enabled)
        """
    }

    package static func list(
        trustor: UserID?, trustee: UserID?, at now: Date, _ tx: Transaction
    ) throws -> [Trust] {
        var conditions: [SQL] = ["deleted_at IS NULL", "(expires_at IS NULL OR expires_at > \(now))"]
        if let trustor { conditions.append("trustor_user_id = \(trustor)") }
        if let trustee { conditions.append("trustee_user_id = \(trustee)") }
        var found = try tx.query("SELECT * FROM trusts\(sql: .whereAll(conditions)) ORDER BY id").map(trust)
        try addRoles(&found, tx)
        return found
    }

    package static func insert(_ trust: Trust, at now: Date, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO trusts (id, trustor_user_id, trustee_user_id, project_id, impersonation, expires_at,
                remaining_uses, redelegated_trust_id, redelegation_count, created_at, extra)
            VALUES (\(trust.id), \(trust.trustor), \(trust.trustee), \(trust.projectID), \(trust.isImpersonation),
                \(trust.expiresAt), \(trust.remainingUses), \(trust.redelegatedTrustID),
                \(trust.redelegationCount), \(now), '{}')
            """)
        guard !trust.roles.isEmpty else { return }
        let rows = trust.roles.map { "(\(trust.id), \($0))" as SQL }
        try tx.execute("INSERT INTO trust_roles (trust_id, role_id) VALUES \(sql: .joined(rows, separator: ", "))")
    }

    /// Takes one use, if there is one left. - Returns: whether there was.
    package static func consume(_ id: TrustID, _ tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE trusts SET remaining_uses = remaining_uses - 1, version = version + 1
            WHERE id = \(id) AND deleted_at IS NULL AND (remaining_uses IS NULL OR remaining_uses > 0)
            """) > 0
    }

    /// Deletes a trust and all that were redelegated from it. - Returns: their ids.
    package static func delete(_ id: TrustID, at now: Date, _ tx: Transaction) throws -> [TrustID] {
        let rows = try tx.query(
            """
            WITH RECURSIVE chain (id, depth) AS (
                SELECT id, 1 FROM trusts WHERE id = \(id)
                UNION ALL
                SELECT t.id, chain.depth + 1 FROM trusts t JOIN chain ON t.redelegated_trust_id = chain.id
                WHERE chain.depth < 32
            )
            SELECT id FROM chain
            """)
        let ids = try rows.map { try $0.get("id", as: TrustID.self) }
        try tx.execute(
            """
            UPDATE trusts SET deleted_at = \(now), version = version + 1
            WHERE id IN \(anyOf: ids) AND deleted_at IS NULL
            """)
        return ids
    }
}
