import Core
import Database
import FoundationEssentials

extension KeystoneImport {
    /// Credentials, trusts, application credentials, and what voids tokens.
    var delegation: [Step] {
        [credentialStep, trustStep, accessRuleStep, applicationCredentialStep, revocationStep]
    }

    private var credentialStep: Step {
        Step(
            name: "credentials",
            rows: { after, limit in
                "SELECT c.*, c.id AS import_key FROM credential c WHERE c.id > \(after) ORDER BY c.id LIMIT \(limit)"
            }, target: "credentials",
            make: { [env, sealed] row, _ in
                let id: CredentialID = try row.get("id")
                guard let (bytes, _) = sealed.open(try row.get("encrypted_blob"), limit: .max),
                    let text = String(validating: bytes, as: UTF8.self)
                else {
                    throw ServiceError(
                        .preconditionFailed,
                        "Credential \(id) cannot be decrypted: none of the Keystone's credential keys made it.")
                }
                let type: String = try row.get("type")
                let credential = Credential(
                    id: id, userID: try row.get("user_id"), projectID: try row.get("project_id"), type: type,
                    blob: try env.encrypt(try Self.blob(text, type)), extra: try row.added())
                return { tx in
                    try CredentialStore.insert(credential, tx)
                    return true
                }
            })
    }

    /// Keystone writes the blob of a key pair, which is JSON already, as JSON once more.
    private static func blob(_ text: String, _ type: String) throws -> String {
        type == "ec2" ? try JSONValue(parsing: text).string ?? text : text
    }

    private var trustStep: Step {
        let now = env.clock.now()
        return Step(
            name: "trusts",
            rows: { after, limit in
                """
                SELECT t.*, t.id AS import_key FROM trust t
                WHERE t.id > \(after) AND t.deleted_at IS NULL ORDER BY t.id LIMIT \(limit)
                """
            }, target: "trusts",
            related: { source, keys in
                var related = Related()
                try related.add(
                    "roles",
                    try await source.read(
                        "SELECT trust_id AS import_key, role_id FROM trust_role WHERE trust_id IN \(anyOf: keys)"))
                return related
            },
            make: { row, related in
                let id: String = try row.get("id")
                let trust = Trust(
                    id: TrustID(id), trustor: try row.get("trustor_user_id"), trustee: try row.get("trustee_user_id"),
                    projectID: try row.get("project_id"), isImpersonation: try row.get("impersonation"),
                    expiresAt: try row.instant("expires_at_int", or: "expires_at"),
                    remainingUses: try row.get("remaining_uses"),
                    redelegatedTrustID: try row.get("redelegated_trust_id"),
                    redelegationCount: try row.get("redelegation_count", as: Int?.self) ?? 0,
                    roles: try related.of("roles", id).map { try $0.get("role_id") })
                return { tx in
                    try TrustStore.insert(trust, at: now, tx)
                    return true
                }
            })
    }

    private var accessRuleStep: Step {
        Step(
            name: "access rules",
            rows: { after, limit in
                """
                SELECT a.service, a.path, a.method, a.user_id, a.external_id AS import_key,
                    EXISTS (SELECT 1 FROM `user` u WHERE u.id = a.user_id) AS is_whole
                FROM access_rule a WHERE a.external_id > \(after) ORDER BY a.external_id LIMIT \(limit)
                """
            }, target: "access_rules",
            make: { row, _ in
                let rule = AccessRule(
                    id: AccessRuleID(try row.get("import_key", as: String.self)), service: try row.get("service"),
                    path: try row.get("path"), method: try row.get("method"))
                let user: UserID = try row.get("user_id")
                return { tx in try ApplicationCredentialStore.findOrInsert(rule, of: user, tx).id == rule.id }
            })
    }

    private var applicationCredentialStep: Step {
        Step(
            name: "application credentials",
            rows: { after, limit in
                """
                SELECT a.*, a.id AS import_key, EXISTS (SELECT 1 FROM `user` u WHERE u.id = a.user_id) AS is_whole
                FROM application_credential a WHERE a.id > \(after) ORDER BY a.id LIMIT \(limit)
                """
            }, target: "application_credentials",
            related: { source, keys in
                var related = Related()
                try related.add(
                    "roles",
                    try await source.read(
                        """
                        SELECT a.id AS import_key, m.role_id FROM application_credential a
                        JOIN application_credential_role m ON m.application_credential_id = a.internal_id
                        JOIN role r ON r.id = m.role_id WHERE a.id IN \(anyOf: keys)
                        """))
                try related.add(
                    "rules",
                    try await source.read(
                        """
                        SELECT a.id AS import_key, r.external_id, r.service, r.path, r.method
                        FROM application_credential a
                        JOIN application_credential_access_rule m ON m.application_credential_id = a.internal_id
                        JOIN access_rule r ON r.id = m.access_rule_id WHERE a.id IN \(anyOf: keys)
                        """))
                return related
            },
            make: { row, related in
                let id: String = try row.get("id")
                guard let project: ProjectID = try row.get("project_id") else {
                    throw LeftOut(reason: "it is of no project")
                }
                let rules = try related.of("rules", id).map { rule in
                    AccessRule(
                        id: try rule.get("external_id"), service: try rule.get("service"), path: try rule.get("path"),
                        method: try rule.get("method"))
                }
                let credential = ApplicationCredential(
                    id: ApplicationCredentialID(id), userID: try row.get("user_id"), projectID: project,
                    name: try row.get("name"), description: try row.get("description"),
                    secretHash: try row.get("secret_hash"),
                    isUnrestricted: try row.get("unrestricted", as: Bool?.self) ?? false,
                    expiresAt: try row.instant("expires_at"),
                    roles: try related.of("roles", id).map { try $0.get("role_id") },
                    accessRules: rules.isEmpty ? nil : rules)
                return { tx in
                    try ApplicationCredentialStore.insert(credential, tx)
                    return true
                }
            })
    }

    /// Those that name a role, a consumer or an access token are not needed: all three are looked up at each validation.
    private var revocationStep: Step {
        Step(
            name: "revocation events",
            rows: { after, limit in
                """
                SELECT * FROM (
                    SELECT r.*, LPAD(r.id, 20, '0') AS import_key FROM revocation_event r
                    WHERE r.role_id IS NULL AND r.consumer_id IS NULL AND r.access_token_id IS NULL) k
                WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
                """
            },
            make: { row, _ in
                let user: String? = try row.get("user_id")
                let project: String? = try row.get("project_id")
                let domain: String? = try row.get("domain_id")
                let trust: String? = try row.get("trust_id")
                let audit: String? = try row.get("audit_id")
                let chain: String? = try row.get("audit_chain_id")
                let before: Date = try row.get("issued_before")
                let at: Date = try row.get("revoked_at")
                return { tx in
                    try tx.execute(
                        """
                        INSERT INTO revocation_events (user_id, project_id, domain_id, trust_id, audit_id, audit_chain_id,
                            issued_before, revoked_at)
                        SELECT \(user), \(project), \(domain), \(trust), \(audit), \(chain), \(before), \(at) FROM DUAL
                        WHERE NOT EXISTS (
                            SELECT 1 FROM revocation_events WHERE issued_before = \(before) AND user_id <=> \(user)
                            AND project_id <=> \(project) AND domain_id <=> \(domain) AND trust_id <=> \(trust)
                            AND audit_id <=> \(audit) AND audit_chain_id <=> \(chain))
                        """) > 0
                }
            })
    }
}
