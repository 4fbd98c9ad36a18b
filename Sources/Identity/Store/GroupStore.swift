package import Core
package import Database
package import FoundationEssentials

/// Groups and who is in them.
package enum GroupStore {
    private static let columns: SQL = "g.id, g.domain_id, g.name, g.description, g.extra"

    private static func group(_ row: Row) throws -> Group {
        Group(
            id: try row.get("id"), domainID: try row.get("domain_id"), name: try row.get("name"),
            description: try row.get("description"), extra: try row.object("extra"))
    }

    package static func find(_ id: GroupID, _ tx: Transaction, _ reading: Reading = .plain) throws -> Group? {
        try tx.first("SELECT \(sql: columns) FROM user_groups g WHERE g.id = \(id)\(sql: reading.lock)").map(group)
    }

    package static func find(_ ids: [GroupID], _ tx: Transaction) throws -> [Group] {
        guard !ids.isEmpty else { return [] }
        return try tx.query("SELECT \(sql: columns) FROM user_groups g WHERE g.id IN \(anyOf: ids) ORDER BY g.id").map(
            group)
    }

    package static func find(named names: [String], in domain: DomainID, _ tx: Transaction) throws -> [Group] {
        guard !names.isEmpty else { return [] }
        return try tx.query(
            "SELECT \(sql: columns) FROM user_groups g WHERE g.domain_id = \(domain) AND g.name IN \(anyOf: names)"
        ).map(group)
    }

    package static func list(_ filter: GroupFilter, _ tx: Transaction) throws -> [Group] {
        var conditions = SQL.matching(filter.name, "g.name") + SQL.after(filter.page, "g.id")
        if let domain = filter.domainID { conditions.append("g.domain_id = \(domain)") }
        var from: SQL = "user_groups g"
        if let user = filter.userID {
            from = "group_members m JOIN user_groups g ON g.id = m.group_id"
            conditions.append("m.user_id = \(user)")
        }
        return try tx.query(
            "SELECT \(sql: columns) FROM \(sql: from)\(sql: .whereAll(conditions))\(sql: .ordered(filter.page, "g.id"))"
        ).map(group)
    }

    package static func insert(_ group: Group, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO user_groups (id, domain_id, name, description, extra)
            VALUES (\(group.id), \(group.domainID), \(group.name), \(group.description),
                \(JSONValue.object(group.extra)))
            """)
    }

    package static func update(_ group: Group, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE user_groups SET name = \(group.name), description = \(group.description),
                extra = \(JSONValue.object(group.extra)), version = version + 1
            WHERE id = \(group.id)
            """)
    }

    package static func delete(_ ids: [GroupID], _ tx: Transaction) throws {
        for part in ids.statementParts { try delete(part, tx) }
    }

    private static func delete(_ ids: ArraySlice<GroupID>, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM role_assignments WHERE actor_type = 'group' AND actor_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM user_groups WHERE id IN \(anyOf: ids)")
    }

    package static func addMember(_ user: UserID, to group: GroupID, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO group_members (group_id, user_id) VALUES (\(group), \(user))
            ON DUPLICATE KEY UPDATE user_id = user_id
            """)
    }

    /// The memberships that an identity provider vouches for until `end`; those it no longer does end now.
    /// - Returns: whether any ended.
    package static func vouch(
        for user: UserID, in groups: Set<GroupID>, by provider: IdentityProviderID, until end: Date, _ tx: Transaction
    ) throws -> Bool {
        let ended =
            try tx.execute(
                """
                DELETE FROM expiring_group_members
                WHERE user_id = \(user) AND idp_id = \(provider)
                AND group_id NOT IN \(anyOf: groups.map(\.rawValue) + [""])
                """) > 0
        guard !groups.isEmpty else { return ended }
        let rows = groups.sorted().map { group -> SQL in "(\(group), \(user), \(provider), \(end))" }
        try tx.execute(
            """
            INSERT INTO expiring_group_members (group_id, user_id, idp_id, expires_at)
            VALUES \(sql: .joined(rows, separator: ", ")) ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)
            """)
        return ended
    }

    /// Forgets memberships that have ended; a bounded batch.
    package static func purgeVouched(before date: Date, limit: Int, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM expiring_group_members WHERE expires_at < \(date) LIMIT \(limit)")
    }

    /// - Returns: whether the user was a member.
    package static func removeMember(_ user: UserID, from group: GroupID, _ tx: Transaction) throws -> Bool {
        try tx.execute("DELETE FROM group_members WHERE group_id = \(group) AND user_id = \(user)") > 0
    }

    package static func hasMember(_ user: UserID, in group: GroupID, _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 AS found FROM group_members WHERE group_id = \(group) AND user_id = \(user)") != nil
    }

    package static func members(of groups: [GroupID], _ tx: Transaction) throws -> [GroupID: [UserID]] {
        var members: [GroupID: [UserID]] = [:]
        for row in try tx.query(
            "SELECT group_id, user_id FROM group_members WHERE group_id IN \(anyOf: groups) ORDER BY user_id")
        {
            members[try row.get("group_id"), default: []].append(try row.get("user_id"))
        }
        return members
    }
}
