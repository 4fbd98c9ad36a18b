package import Core
package import Database

/// Application credentials and the access rules that narrow them.
package enum ApplicationCredentialStore {
    private static func credential(_ row: Row) throws -> (ApplicationCredential, hasRules: Bool) {
        (
            ApplicationCredential(
                id: try row.get("id"), userID: try row.get("user_id"), projectID: try row.get("project_id"),
                name: try row.get("name"), description: try row.get("description"),
                secretHash: try row.get("secret_hash"), isUnrestricted: try row.get("unrestricted"),
                expiresAt: try row.get("expires_at"), roles: [], accessRules: nil),
            try row.get("has_access_rules")
        )
    }

    private static func complete(_ rows: [Row], _ tx: Transaction) throws -> [ApplicationCredential] {
        guard !rows.isEmpty else { return [] }
        let found = try rows.map(credential)
        let ids = found.map(\.0.id)
        var roles: [ApplicationCredentialID: [RoleID]] = [:]
        for row in try tx.query(
            """
            SELECT application_credential_id, role_id FROM application_credential_roles
            WHERE application_credential_id IN \(anyOf: ids) ORDER BY role_id
            """)
        {
            roles[try row.get("application_credential_id"), default: []].append(try row.get("role_id"))
        }
        var rules: [ApplicationCredentialID: [AccessRule]] = [:]
        for row in try tx.query(
            """
            SELECT m.application_credential_id, r.* FROM application_credential_access_rules m
            JOIN access_rules r ON r.id = m.access_rule_id
            WHERE m.application_credential_id IN \(anyOf: ids) ORDER BY r.id
            """)
        {
            rules[try row.get("application_credential_id"), default: []].append(try rule(row))
        }
        return found.map { entry in
            var credential = entry.0
            credential.roles = roles[credential.id] ?? []
            credential.accessRules = entry.hasRules ? rules[credential.id] ?? [] : nil
            return credential
        }
    }

    package static func find(_ id: ApplicationCredentialID, _ tx: Transaction) throws -> ApplicationCredential? {
        try complete(try tx.query("SELECT * FROM application_credentials WHERE id = \(id)"), tx).first
    }

    package static func list(of user: UserID, name: String?, _ tx: Transaction) throws -> [ApplicationCredential] {
        var conditions: [SQL] = ["user_id = \(user)"]
        if let name { conditions.append("name = \(name)") }
        return try complete(
            try tx.query("SELECT * FROM application_credentials\(sql: .whereAll(conditions)) ORDER BY id"), tx)
    }

    package static func insert(_ credential: ApplicationCredential, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO application_credentials (id, user_id, project_id, name, description, secret_hash,
                unrestricted, expires_at, has_access_rules, created_at)
            VALUES (\(credential.id), \(credential.userID), \(credential.projectID), \(credential.name),
                \(credential.description), \(credential.secretHash), \(credential.isUnrestricted),
                \(credential.expiresAt), \(credential.accessRules != nil), UTC_TIMESTAMP(6))
            """)
        let roles = credential.roles.map { "(\(credential.id), \($0))" as SQL }
        if !roles.isEmpty {
            try tx.execute(
                """
                INSERT INTO application_credential_roles (application_credential_id, role_id)
                VALUES \(sql: .joined(roles, separator: ", "))
                """)
        }
        let rules = (credential.accessRules ?? []).map { "(\(credential.id), \($0.id))" as SQL }
        if !rules.isEmpty {
            try tx.execute(
                """
                INSERT INTO application_credential_access_rules (application_credential_id, access_rule_id)
                VALUES \(sql: .joined(rules, separator: ", "))
                """)
        }
    }

    package static func delete(_ id: ApplicationCredentialID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM application_credentials WHERE id = \(id)")
    }

    /// What users made in a project; gone once their roles there change.
    package static func delete(of users: [UserID], in project: ProjectID, _ tx: Transaction) throws {
        try tx.execute(
            "DELETE FROM application_credentials WHERE user_id IN \(anyOf: users) AND project_id = \(project)")
    }

    // MARK: Access rules

    private static func rule(_ row: Row) throws -> AccessRule {
        AccessRule(
            id: try row.get("id"), service: try row.get("service"), path: try row.get("path"),
            method: try row.get("method"))
    }

    package static func rule(_ id: AccessRuleID, of user: UserID, _ tx: Transaction) throws -> AccessRule? {
        try tx.first("SELECT * FROM access_rules WHERE id = \(id) AND user_id = \(user)").map(rule)
    }

    package static func rules(of user: UserID, _ tx: Transaction) throws -> [AccessRule] {
        try tx.query("SELECT * FROM access_rules WHERE user_id = \(user) ORDER BY id").map(rule)
    }

    /// The user's rule for the same request, or `rule` itself, newly stored.
    package static func findOrInsert(_ rule: AccessRule, of user: UserID, _ tx: Transaction) throws -> AccessRule {
        let row = try tx.first(
            """
            SELECT * FROM access_rules WHERE user_id = \(user) AND service = \(rule.service)
            AND path = \(rule.path) AND method = \(rule.method)
            """)
        if let row { return try Self.rule(row) }
        try tx.execute(
            """
            INSERT INTO access_rules (id, user_id, service, path, method)
            VALUES (\(rule.id), \(user), \(rule.service), \(rule.path), \(rule.method))
            """)
        return rule
    }

    package static func isUsed(_ id: AccessRuleID, _ tx: Transaction) throws -> Bool {
        try tx.first(
            "SELECT 1 AS found FROM application_credential_access_rules WHERE access_rule_id = \(id) LIMIT 1") != nil
    }

    package static func deleteRule(_ id: AccessRuleID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM access_rules WHERE id = \(id)")
    }
}
