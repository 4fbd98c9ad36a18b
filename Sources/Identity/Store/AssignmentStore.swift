package import Core
package import Database
package import FoundationEssentials

/// Who holds which role where.
package enum AssignmentStore {
    private static let columns: SQL = "a.actor_type, a.actor_id, a.target_type, a.target_id, a.role_id, a.inherited"

    private static func assignment(_ row: Row) throws -> RoleAssignment {
        let actor: String = try row.get("actor_id")
        let target: String = try row.get("target_id")
        let isUser = try row.get("actor_type", as: String.self) == "user"
        let roleTarget: RoleTarget =
            switch try row.get("target_type", as: String.self) {
            case "project": .project(ProjectID(target))
            case "domain": .domain(DomainID(target))
            default: .system
            }
        return RoleAssignment(
            actor: isUser ? .user(UserID(actor)) : .group(GroupID(actor)), target: roleTarget,
            role: try row.get("role_id"), isInherited: try row.get("inherited"))
    }

    /// Safe to repeat.
    package static func add(_ assignment: RoleAssignment, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO role_assignments (actor_type, actor_id, target_type, target_id, role_id, inherited)
            VALUES (\(assignment.actor.type), \(assignment.actor.id), \(assignment.target.type),
                \(assignment.target.id), \(assignment.role), \(assignment.isInherited))
            ON DUPLICATE KEY UPDATE role_id = role_id
            """)
    }

    /// - Returns: whether there was such an assignment.
    package static func remove(_ assignment: RoleAssignment, _ tx: Transaction) throws -> Bool {
        try tx.execute("DELETE a FROM role_assignments a WHERE \(sql: exact(assignment))") > 0
    }

    package static func exists(_ assignment: RoleAssignment, _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 AS found FROM role_assignments a WHERE \(sql: exact(assignment))") != nil
    }

    private static func exact(_ assignment: RoleAssignment) -> SQL {
        """
        a.actor_type = \(assignment.actor.type) AND a.actor_id = \(assignment.actor.id)
        AND a.target_type = \(assignment.target.type) AND a.target_id = \(assignment.target.id)
        AND a.role_id = \(assignment.role) AND a.inherited = \(assignment.isInherited)
        """
    }

    /// The rows that match what is given; nil matches everything.
    package static func list(
        actors: [RoleActor]? = nil, targets: [RoleTarget]? = nil, role: RoleID? = nil, isInherited: Bool? = nil,
        _ tx: Transaction
    ) throws -> [RoleAssignment] {
        var conditions: [SQL] = []
        if let actors {
            let users = actors.filter { $0.type == "user" }.map(\.id)
            let groups = actors.filter { $0.type == "group" }.map(\.id)
            conditions.append(
                """
                ((a.actor_type = 'user' AND a.actor_id IN \(anyOf: users))
                OR (a.actor_type = 'group' AND a.actor_id IN \(anyOf: groups)))
                """)
        }
        if let targets {
            let parts = ["project", "domain", "system"].map { type -> SQL in
                let ids = targets.filter { $0.type == type }.map(\.id)
                return "(a.target_type = \(type) AND a.target_id IN \(anyOf: ids))"
            }
            conditions.append("(\(sql: .joined(parts, separator: " OR ")))")
        }
        if let role { conditions.append("a.role_id = \(role)") }
        if let isInherited { conditions.append("a.inherited = \(isInherited)") }
        return try tx.query(
            """
            SELECT \(sql: columns) FROM role_assignments a\(sql: .whereAll(conditions))
            ORDER BY a.actor_type, a.actor_id, a.target_type, a.target_id, a.role_id, a.inherited
            """
        ).map(assignment)
    }

    /// Every assignment of a user and of the groups the user is in, for good or by an identity provider's word.
    package static func all(of user: UserID, asOf now: Date, _ tx: Transaction) throws -> [RoleAssignment] {
        try tx.query(
            """
            SELECT \(sql: columns) FROM role_assignments a WHERE a.actor_type = 'user' AND a.actor_id = \(user)
            UNION ALL
            SELECT \(sql: columns) FROM group_members m
            JOIN role_assignments a ON a.actor_type = 'group' AND a.actor_id = m.group_id
            WHERE m.user_id = \(user)
            UNION ALL
            SELECT \(sql: columns) FROM expiring_group_members m
            JOIN role_assignments a ON a.actor_type = 'group' AND a.actor_id = m.group_id
            WHERE m.user_id = \(user) AND m.expires_at > \(now)
            """
        ).map(assignment)
    }

    /// The roles, before implications, that a user holds at a target, groups and inheritance included: in one
    /// statement.
    /// - Parameter groups: in which the user is by an identity provider's word only.
    package static func roles(
        of user: UserID, and groups: [GroupID] = [], at target: RoleTarget, asOf now: Date, _ tx: Transaction
    ) throws -> Set<RoleID> {
        try standing(of: user, and: groups, at: target, asOf: now, tx).roles
    }

    /// The roles, and whether the user and the user's domain are enabled at this moment.
    static func standing(
        of user: UserID, and groups: [GroupID] = [], at target: RoleTarget, asOf now: Date, _ tx: Transaction
    ) throws -> (roles: Set<RoleID>, isEnabled: Bool) {
        // No role has this id.
        let enabled = RoleID("")
        let counts = reaches(target)
        var parts: [SQL] = [
            """
            SELECT \(enabled) AS role_id FROM users u JOIN projects d ON d.id = u.domain_id
            WHERE u.id = \(user) AND u.enabled AND d.enabled
            """,
            """
            SELECT a.role_id FROM role_assignments a
            WHERE a.actor_type = 'user' AND a.actor_id = \(user) AND \(sql: counts)
            """,
            """
            SELECT a.role_id FROM group_members m
            JOIN role_assignments a ON a.actor_type = 'group' AND a.actor_id = m.group_id
            WHERE m.user_id = \(user) AND \(sql: counts)
            """,
            """
            SELECT a.role_id FROM expiring_group_members m
            JOIN role_assignments a ON a.actor_type = 'group' AND a.actor_id = m.group_id
            WHERE m.user_id = \(user) AND m.expires_at > \(now) AND \(sql: counts)
            """,
        ]
        if !groups.isEmpty {
            parts.append(
                """
                SELECT a.role_id FROM role_assignments a
                WHERE a.actor_type = 'group' AND a.actor_id IN \(anyOf: groups) AND \(sql: counts)
                """)
        }
        let rows = try tx.query("\(sql: ancestry(of: target))\(sql: .joined(parts, separator: " UNION "))")
        var found = Set(try rows.map { try $0.get("role_id", as: RoleID.self) })
        let isEnabled = found.remove(enabled) != nil
        return (found, isEnabled)
    }

    /// What an assignment `a` must be to count at `target`: on it, or inherited from above a project.
    private static func reaches(_ target: RoleTarget) -> SQL {
        let direct: SQL = "(a.target_type = \(target.type) AND a.target_id = \(target.id) AND NOT a.inherited)"
        guard case .project(let id) = target else { return direct }
        return """
            (\(sql: direct)
            OR (a.inherited AND a.target_type = 'project' AND a.target_id IN (
                SELECT q.id FROM chain JOIN projects q ON q.id = chain.id WHERE NOT q.is_domain))
            OR (a.inherited AND a.target_type = 'domain' AND a.target_id = (
                SELECT q.domain_id FROM projects q WHERE q.id = \(id) AND NOT q.is_domain)))
            """
    }

    /// The ids above a project, as `chain`. A domain that is used as a project has none.
    private static func ancestry(of target: RoleTarget) -> SQL {
        guard case .project(let id) = target else { return "" }
        return """
            WITH RECURSIVE chain (id, depth) AS (
                SELECT parent_id, 1 FROM projects WHERE id = \(id) AND NOT is_domain
                UNION ALL
                SELECT q.parent_id, chain.depth + 1 FROM projects q JOIN chain ON q.id = chain.id
                WHERE chain.depth < 64
            )

            """
    }

    /// Enabled projects that a user holds any role in, by any way.
    package static func projects(
        of user: UserID, and groups: [GroupID] = [], asOf now: Date, _ tx: Transaction
    ) throws -> [ProjectID] {
        var held = try all(of: user, asOf: now, tx)
        if !groups.isEmpty { held += try list(actors: groups.map { .group($0) }, tx) }
        var ids: Set<ProjectID> = []
        for assignment in held {
            switch (assignment.target, assignment.isInherited) {
            case (.project(let id), false): ids.insert(id)
            case (.project(let id), true): ids.formUnion(try ProjectStore.descendants(of: id, tx).map(\.id))
            case (.domain(let id), true):
                var filter = ProjectFilter()
                filter.domainID = id
                ids.formUnion(try ProjectStore.list(filter, tx).map(\.id))
            default: break
            }
        }
        return ids.sorted()
    }
}
