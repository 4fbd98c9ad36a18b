import Core
import Database
import FoundationEssentials

extension KeystoneImport {
    /// Users with their passwords, groups, and who holds which role.
    ///
    /// Names are unique in a domain here: the Keystone's own users have theirs before those of directories, and these
    /// before those of identity providers, whose names need not be theirs alone.
    var people: [Step] {
        [
            users("l.name IS NOT NULL", areNamed: true),
            users("l.name IS NULL AND n.name IS NOT NULL", areNamed: false),
            users("l.name IS NULL AND n.name IS NULL", areNamed: false),
            groupStep, memberStep, directoryStep, assignmentStep, systemAssignmentStep,
        ]
    }

    private static let userOptions = [
        "1000": "ignore_change_password_upon_first_use", "1001": "ignore_password_expiry",
        "1002": "ignore_lockout_failure_attempts", "1003": "lock_password", "1004": "ignore_user_inactivity",
        "MFAR": "multi_factor_auth_rules", "MFAE": "multi_factor_auth_enabled",
    ]

    /// - Parameter areNamed: by names that nobody else of their domain can have.
    private func users(_ which: SQL, areNamed: Bool) -> Step {
        let now = env.clock.now()
        return Step(
            name: "users",
            rows: { after, limit in
                """
                SELECT u.id, u.id AS import_key, u.domain_id, u.enabled, u.default_project_id, u.extra, u.created_at,
                    CAST(u.last_active_at AS DATETIME(6)) AS last_active_at, l.failed_auth_count, l.failed_auth_at,
                    COALESCE(l.name, n.name) AS name, (SELECT f.display_name FROM federated_user f
                        WHERE f.user_id = u.id ORDER BY f.id LIMIT 1) AS display_name,
                    EXISTS (SELECT 1 FROM project d WHERE d.id = u.domain_id AND d.is_domain) AS is_whole
                FROM `user` u LEFT JOIN local_user l ON l.user_id = u.id LEFT JOIN nonlocal_user n ON n.user_id = u.id
                WHERE \(sql: which) AND u.id > \(after) ORDER BY u.id LIMIT \(limit)
                """
            }, target: "users",
            related: { source, keys in
                var related = Related()
                try related.add("options", try await source.read(Self.options("user", keys)))
                try related.add(
                    "passwords",
                    try await source.read(
                        """
                        SELECT l.user_id AS import_key, w.password_hash, w.self_service, w.created_at, w.created_at_int,
                            w.expires_at, w.expires_at_int
                        FROM password w JOIN local_user l ON l.id = w.local_user_id
                        WHERE l.user_id IN \(anyOf: keys) AND w.password_hash IS NOT NULL
                        ORDER BY w.created_at_int, w.id
                        """))
                return related
            },
            make: { row, related in
                let id: String = try row.get("id")
                guard let name = try row.get("name", as: String?.self) ?? row.get("display_name", as: String?.self)
                else {
                    throw LeftOut(reason: "it has no name")
                }
                let user = User(
                    id: UserID(id), domainID: DomainID(try row.get("domain_id", as: String.self)), name: name,
                    isEnabled: try row.get("enabled", as: Bool?.self) ?? Self.meansEnabled,
                    defaultProjectID: try row.get("default_project_id"),
                    options: try Self.options(related.of("options", id), Self.userOptions), extra: try row.added(),
                    createdAt: try row.get("created_at", as: Date?.self) ?? now,
                    failedAttempts: try row.get("failed_auth_count", as: Int?.self) ?? 0,
                    lastFailureAt: try row.get("failed_auth_at"), lastActiveAt: try row.get("last_active_at"))
                let passwords = try related.of("passwords", id).map { row in
                    StoredPassword(
                        hash: try row.get("password_hash"),
                        createdAt: try row.instant("created_at_int", or: "created_at") ?? now,
                        expiresAt: try row.instant("expires_at_int", or: "expires_at"),
                        isSelfService: try row.get("self_service"))
                }
                return { tx in
                    try Self.insert(user, passwords, isNamed: areNamed, tx)
                    return true
                }
            })
    }

    /// - Parameter isNamed: others get another name where theirs is taken.
    private static func insert(
        _ user: User, _ passwords: [StoredPassword], isNamed: Bool, _ tx: Transaction
    ) throws {
        var user = user
        if !isNamed, try UserStore.find(named: user.name, in: user.domainID, tx) != nil {
            let end = " (\(user.id))"
            user.name = user.name.prefix(255 - end.count) + end
        }
        try UserStore.insert(user, tx)
        for password in passwords { try UserStore.addPassword(password, to: user.id, keeping: .max, tx) }
        guard user.failedAttempts > 0 else { return }
        // As it was: a lock is not lifted by moving.
        try tx.execute(
            """
            UPDATE users SET failed_attempts = \(user.failedAttempts), last_failure_at = \(user.lastFailureAt)
            WHERE id = \(user.id)
            """)
    }

    private var groupStep: Step {
        Step(
            name: "groups",
            rows: { after, limit in
                """
                SELECT g.*, g.id AS import_key,
                    EXISTS (SELECT 1 FROM project d WHERE d.id = g.domain_id AND d.is_domain) AS is_whole
                FROM `group` g WHERE g.id > \(after) ORDER BY g.id LIMIT \(limit)
                """
            }, target: "user_groups",
            make: { row, _ in
                let group = Group(
                    id: try row.get("id"), domainID: try row.get("domain_id"), name: try row.get("name"),
                    description: try row.get("description", as: String?.self) ?? "", extra: try row.added())
                return { tx in
                    try GroupStore.insert(group, tx)
                    return true
                }
            })
    }

    private var memberStep: Step {
        Step(
            name: "group members", batch: 2000,
            rows: { after, limit in
                """
                SELECT * FROM (
                    SELECT m.group_id, m.user_id, CONCAT(m.group_id, ' ', m.user_id) AS import_key
                    FROM user_group_membership m) k
                WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
                """
            },
            make: { row, _ in
                let group: String = try row.get("group_id")
                let user: String = try row.get("user_id")
                return { tx in
                    try Self.add("INSERT INTO group_members (group_id, user_id) VALUES (\(group), \(user))", tx)
                }
            })
    }

    /// The ids of users and groups in directories. What else is known of them is asked there.
    private var directoryStep: Step {
        Step(
            name: "users and groups in LDAP", batch: 2000,
            rows: { after, limit in
                """
                SELECT i.public_id, i.public_id AS import_key, i.domain_id, i.entity_type, i.local_id,
                    EXISTS (SELECT 1 FROM project d WHERE d.id = i.domain_id AND d.is_domain) AS is_whole
                FROM id_mapping i WHERE i.public_id > \(after)
                AND NOT EXISTS (SELECT 1 FROM local_user l WHERE l.user_id = i.public_id)
                AND NOT EXISTS (SELECT 1 FROM `group` g WHERE g.id = i.public_id)
                AND NOT EXISTS (SELECT 1 FROM federated_user f WHERE f.user_id = i.public_id)
                ORDER BY i.public_id LIMIT \(limit)
                """
            },
            make: { row, _ in
                let id: String = try row.get("public_id")
                let domain: String = try row.get("domain_id")
                let type: String = try row.get("entity_type")
                let local: String = try row.get("local_id")
                return { tx in
                    try Self.add(
                        """
                        INSERT INTO directory_entries (public_id, domain_id, entity_type, local_id)
                        VALUES (\(id), \(domain), \(type), \(local))
                        """, tx)
                }
            })
    }

    // MARK: Assignments

    /// Keystone does not say whether a row is of a project or of a domain but in the same word as of whom.
    private static let kinds: [String: (actor: String, target: String)] = [
        "UserProject": ("user", "project"), "GroupProject": ("group", "project"), "UserDomain": ("user", "domain"),
        "GroupDomain": ("group", "domain"), "UserSystem": ("user", "system"), "GroupSystem": ("group", "system"),
    ]

    private var assignmentStep: Step {
        assignments("role assignments") { after, limit in
            """
            SELECT * FROM (
                SELECT a.*, CONCAT_WS(' ', a.type, a.actor_id, a.target_id, a.role_id, a.inherited) AS import_key,
                    EXISTS (SELECT 1 FROM role r WHERE r.id = a.role_id)
                    AND EXISTS (SELECT 1 FROM project p WHERE p.id = a.target_id)
                    AND (EXISTS (SELECT 1 FROM `user` u WHERE u.id = a.actor_id)
                        OR EXISTS (SELECT 1 FROM `group` g WHERE g.id = a.actor_id)
                        OR EXISTS (SELECT 1 FROM id_mapping i WHERE i.public_id = a.actor_id)) AS is_whole
                FROM assignment a) k
            WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
            """
        }
    }

    private var systemAssignmentStep: Step {
        assignments("role assignments on the system") { after, limit in
            """
            SELECT * FROM (
                SELECT a.*, CONCAT_WS(' ', a.type, a.actor_id, a.target_id, a.role_id, a.inherited) AS import_key,
                    EXISTS (SELECT 1 FROM role r WHERE r.id = a.role_id)
                    AND (EXISTS (SELECT 1 FROM `user` u WHERE u.id = a.actor_id)
                        OR EXISTS (SELECT 1 FROM `group` g WHERE g.id = a.actor_id)
                        OR EXISTS (SELECT 1 FROM id_mapping i WHERE i.public_id = a.actor_id)) AS is_whole
                FROM system_assignment a) k
            WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
            """
        }
    }

    private func assignments(_ name: String, _ rows: @escaping @Sendable (String, Int) -> SQL) -> Step {
        Step(
            name: name, batch: 2000, rows: rows,
            make: { row, _ in
                guard let kind = Self.kinds[try row.get("type")] else { throw LeftOut(reason: "of an unknown type") }
                let actor: String = try row.get("actor_id")
                let target: String = kind.target == "system" ? "system" : try row.get("target_id")
                let role: String = try row.get("role_id")
                let isInherited: Bool = try row.get("inherited")
                // No foreign key says so: the columns are of several tables.
                let actors: SQL = kind.actor == "user" ? "users" : "user_groups"
                let isThere: SQL =
                    kind.target == "system" ? "" : "AND EXISTS (SELECT 1 FROM projects WHERE id = \(target))"
                return { tx in
                    let found = try tx.first(
                        """
                        SELECT 1 AS found FROM DUAL WHERE (EXISTS (SELECT 1 FROM \(sql: actors) WHERE id = \(actor))
                            OR EXISTS (SELECT 1 FROM directory_entries WHERE public_id = \(actor))) \(sql: isThere)
                        """)
                    guard found != nil else { throw LeftOut.orphan }
                    return try Self.add(
                        """
                        INSERT INTO role_assignments (actor_type, actor_id, target_type, target_id, role_id, inherited)
                        VALUES (\(kind.actor), \(actor), \(kind.target), \(target), \(role), \(isInherited))
                        """, tx)
                }
            })
    }
}
