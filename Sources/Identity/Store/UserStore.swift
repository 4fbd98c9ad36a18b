package import Core
package import Database
package import FoundationEssentials

/// Users, their passwords and failed logins.
package enum UserStore {
    private static let columns: SQL = """
        u.id, u.domain_id, u.name, u.enabled, u.default_project_id, u.options, u.extra, u.created_at,
        u.failed_attempts, u.last_failure_at, u.last_active_at,
        (SELECT w.expires_at FROM passwords w WHERE w.user_id = u.id ORDER BY w.id DESC LIMIT 1) AS password_expires_at
        """

    package static func user(_ row: Row) throws -> User {
        User(
            id: try row.get("id"), domainID: try row.get("domain_id"), name: try row.get("name"),
            isEnabled: try row.get("enabled"), defaultProjectID: try row.get("default_project_id"),
            options: try row.object("options"), extra: try row.object("extra"), createdAt: try row.get("created_at"),
            failedAttempts: try row.get("failed_attempts"), lastFailureAt: try row.get("last_failure_at"),
            lastActiveAt: try row.get("last_active_at"),
            passwordExpiresAt: try row.get("password_expires_at"))
    }

    package static func find(_ id: UserID, _ tx: Transaction, _ reading: Reading = .plain) throws -> User? {
        try tx.first("SELECT \(sql: columns) FROM users u WHERE u.id = \(id)\(sql: reading.lock)").map(user)
    }

    package static func find(named name: String, in domain: DomainID, _ tx: Transaction) throws -> User? {
        try tx.first("SELECT \(sql: columns) FROM users u WHERE u.domain_id = \(domain) AND u.name = \(name)")
            .map(user)
    }

    /// How a user is named: by id, or by name in a domain that is itself named by id or by name.
    package enum Reference: Sendable {
        case id(UserID)
        case name(String, in: DomainID)
        case names(String, domain: String)
    }

    /// A user with the domain and the newest password's hash, in one statement.
    package static func account(
        _ reference: Reference, _ tx: Transaction
    ) throws -> (user: User, domain: Project, hash: String?)? {
        let condition: SQL =
            switch reference {
            case .id(let id): "u.id = \(id)"
            case .name(let name, let domain): "u.domain_id = \(domain) AND u.name = \(name)"
            case .names(let name, let domain): "u.name = \(name) AND d.domain_id = '' AND d.name = \(domain)"
            }
        return try tx.first(
            """
            SELECT \(sql: columns), \(sql: ProjectStore.domainColumns), \(sql: vouchedUntil("u.id")) AS vouched_until,
                (SELECT w.password_hash FROM passwords w WHERE w.user_id = u.id ORDER BY w.id DESC LIMIT 1)
                    AS password_hash
            FROM users u JOIN projects d ON d.id = u.domain_id AND d.is_domain WHERE \(sql: condition)
            """
        ).map { row in
            var user = try user(row)
            user.vouchedUntil = try row.get("vouched_until")
            return (user, try ProjectStore.domain(row), try row.get("password_hash"))
        }
    }

    /// When the first of a user's memberships ends that identity providers vouch for.
    static func vouchedUntil(_ user: SQL) -> SQL {
        "(SELECT MIN(v.expires_at) FROM expiring_group_members v WHERE v.user_id = \(sql: user))"
    }

    package static func list(_ filter: UserFilter, _ tx: Transaction) throws -> [User] {
        var conditions = SQL.matching(filter.name, "u.name") + SQL.after(filter.page, "u.id")
        if let domain = filter.domainID { conditions.append("u.domain_id = \(domain)") }
        if let isEnabled = filter.isEnabled { conditions.append("u.enabled = \(isEnabled)") }
        var from: SQL = "users u"
        if let group = filter.groupID {
            from = "group_members m JOIN users u ON u.id = m.user_id"
            conditions.append("m.group_id = \(group)")
        }
        conditions += filter.passwordExpiry.map(passwordExpires)
        if filter.idpID != nil || filter.protocolID != nil || filter.uniqueID != nil {
            conditions.append(isFederated(filter))
        }
        return try tx.query(
            "SELECT \(sql: columns) FROM \(sql: from)\(sql: .whereAll(conditions))\(sql: .ordered(filter.page, "u.id"))"
        ).map(user)
    }

    private static func passwordExpires(_ filter: DateFilter) -> SQL {
        let comparison: SQL =
            switch filter.comparison {
            case .equal: "="
            case .notEqual: "<>"
            case .before: "<"
            case .notAfter: "<="
            case .after: ">"
            case .notBefore: ">="
            }
        return """
            (SELECT w.expires_at FROM passwords w WHERE w.user_id = u.id ORDER BY w.id DESC LIMIT 1) \(sql: comparison)
            \(filter.date)
            """
    }

    private static func isFederated(_ filter: UserFilter) -> SQL {
        var conditions: [SQL] = ["f.user_id = u.id"]
        if let id = filter.idpID { conditions.append("f.idp_id = \(id)") }
        if let id = filter.protocolID { conditions.append("f.protocol_id = \(id)") }
        if let id = filter.uniqueID { conditions.append("f.unique_id = \(id)") }
        return "EXISTS (SELECT 1 FROM federated_users f\(sql: .whereAll(conditions)))"
    }

    package static func insert(_ user: User, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO users (id, domain_id, name, enabled, default_project_id, options, extra, created_at,
                last_active_at)
            VALUES (\(user.id), \(user.domainID), \(user.name), \(user.isEnabled), \(user.defaultProjectID),
                \(JSONValue.object(user.options)), \(JSONValue.object(user.extra)), \(user.createdAt),
                \(user.lastActiveAt))
            """)
    }

    package static func update(_ user: User, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE users SET name = \(user.name), enabled = \(user.isEnabled),
                default_project_id = \(user.defaultProjectID), options = \(JSONValue.object(user.options)),
                extra = \(JSONValue.object(user.extra)), last_active_at = \(user.lastActiveAt),
                version = version + 1
            WHERE id = \(user.id)
            """)
    }

    /// Deletes users and what is theirs: passwords, memberships, assignments, credentials, trusts.
    package static func delete(_ ids: [UserID], at now: Date, _ tx: Transaction) throws {
        for part in ids.statementParts { try delete(part, now, tx) }
    }

    private static func delete(_ ids: ArraySlice<UserID>, _ now: Date, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM role_assignments WHERE actor_type = 'user' AND actor_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM credentials WHERE user_id IN \(anyOf: ids)")
        try tx.execute(
            """
            UPDATE trusts SET deleted_at = \(now), version = version + 1
            WHERE deleted_at IS NULL AND (trustor_user_id IN \(anyOf: ids) OR trustee_user_id IN \(anyOf: ids))
            """)
        // Before the users, because credentials' rules refer to the users' access rules.
        try tx.execute("DELETE FROM application_credentials WHERE user_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM users WHERE id IN \(anyOf: ids)")
    }

    // MARK: Activity

    /// Notes that the user was here, at most once an hour: it decides days.
    package static func wasActive(_ id: UserID, at now: Date, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE users SET last_active_at = \(now)
            WHERE id = \(id) AND (last_active_at IS NULL OR last_active_at < \(now.addingTimeInterval(-3600)))
            """)
    }

    /// Takes a one-time passcode's window. - Returns: false when it, or a later one, was taken before.
    package static func spendPasscode(_ window: Int64, of id: UserID, _ tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE users SET last_totp_window = \(window)
            WHERE id = \(id) AND (last_totp_window IS NULL OR last_totp_window < \(window))
            """) > 0
    }

    // MARK: Passwords

    /// The user's passwords, newest first.
    package static func passwords(of id: UserID, limit: Int, _ tx: Transaction) throws -> [StoredPassword] {
        try tx.query(
            """
            SELECT password_hash, created_at, expires_at, self_service FROM passwords
            WHERE user_id = \(id) ORDER BY id DESC LIMIT \(limit)
            """
        ).map {
            StoredPassword(
                hash: try $0.get("password_hash"), createdAt: try $0.get("created_at"),
                expiresAt: try $0.get("expires_at"), isSelfService: try $0.get("self_service"))
        }
    }

    /// Makes `hash` the user's password, and forgets all but the newest `keeping`.
    package static func addPassword(
        _ password: StoredPassword, to id: UserID, keeping: Int, _ tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO passwords (user_id, password_hash, self_service, created_at, expires_at)
            VALUES (\(id), \(password.hash), \(password.isSelfService), \(password.createdAt), \(password.expiresAt))
            """)
        let kept = try tx.query(
            "SELECT id FROM passwords WHERE user_id = \(id) ORDER BY id DESC LIMIT \(max(1, keeping))"
        ).map { try $0.get("id", as: Int64.self) }
        if let oldest = kept.last {
            try tx.execute("DELETE FROM passwords WHERE user_id = \(id) AND id < \(oldest)")
        }
    }

    package static func deletePasswords(of id: UserID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM passwords WHERE user_id = \(id)")
    }

    /// Counts a failure; a lock that has run out starts a new count. By one statement, so that of many at once one
    /// does.
    static func addFailure(_ id: UserID, _ lock: AccountLock, _ tx: Transaction) throws {
        try tx.execute("\(sql: count(id, lock))")
    }

    /// Counts the failures of names that nobody has, of several in one row: an account's failure leaves a trace that
    /// takes time, and so must theirs.
    package static func addStrangerFailure(_ bucket: Int, at now: Date, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO stranger_failures (bucket, failed_attempts, last_failure_at) VALUES (\(bucket), 1, \(now))
            ON DUPLICATE KEY UPDATE failed_attempts = failed_attempts + 1, last_failure_at = \(now)
            """)
    }

    /// - Returns: false where the account is locked.
    static func takeAttempt(_ id: UserID, _ lock: AccountLock, _ tx: Transaction) throws -> Bool {
        try tx.execute(
            "\(sql: count(id, lock)) AND (failed_attempts < \(lock.limit) OR last_failure_at <= \(lock.lapse))") > 0
    }

    private static func count(_ id: UserID, _ lock: AccountLock) -> SQL {
        """
        UPDATE users SET failed_attempts = IF(
                failed_attempts >= \(lock.limit) AND last_failure_at <= \(lock.lapse), 1, failed_attempts + 1),
            last_failure_at = \(lock.now), version = version + 1
        WHERE id = \(id)
        """
    }

    package static func giveAttemptBack(_ id: UserID, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE users SET failed_attempts = failed_attempts - 1, version = version + 1
            WHERE id = \(id) AND failed_attempts > 0
            """)
    }

    package static func clearFailures(_ id: UserID, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE users SET failed_attempts = 0, last_failure_at = NULL, version = version + 1
            WHERE id = \(id) AND failed_attempts > 0
            """)
    }
}

/// When wrong passwords and passcodes lock an account.
struct AccountLock: Sendable {
    /// Failures; 0 is no lock.
    var limit: Int
    var now: Date
    /// The lock has run out when the last failure was then or earlier.
    var lapse: Date
}
