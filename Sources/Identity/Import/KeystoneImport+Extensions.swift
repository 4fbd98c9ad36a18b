import Core
import Database
import FoundationEssentials

extension KeystoneImport {
    /// OAuth, federation, and domains' own options.
    var extensions: [Step] {
        [
            consumerStep, accessTokenStep, identityProviderStep, mappingStep, protocolStep, serviceProviderStep,
            federatedUserStep, vouchedMemberStep, plainOptionStep, sensitiveOptionStep,
        ]
    }

    // MARK: OAuth

    private var consumerStep: Step {
        Step(
            name: "consumers",
            rows: { after, limit in
                "SELECT c.*, c.id AS import_key FROM consumer c WHERE c.id > \(after) ORDER BY c.id LIMIT \(limit)"
            }, target: "consumers",
            make: { [env] row, _ in
                let consumer = Consumer(
                    id: try row.get("id"), description: try row.get("description"),
                    secret: try env.encrypt(try row.get("secret")), extra: try row.added())
                return { tx in
                    try ConsumerStore.insert(consumer, tx)
                    return true
                }
            })
    }

    private var accessTokenStep: Step {
        Step(
            name: "access tokens",
            rows: { after, limit in
                """
                SELECT t.*, t.id AS import_key,
                    EXISTS (SELECT 1 FROM `user` u WHERE u.id = t.authorizing_user_id)
                    AND EXISTS (SELECT 1 FROM consumer c WHERE c.id = t.consumer_id) AS is_whole
                FROM access_token t WHERE t.id > \(after) ORDER BY t.id LIMIT \(limit)
                """
            }, target: "oauth_access_tokens",
            make: { [env] row, _ in
                let end: String? = try row.get("expires_at")
                let roles = try row.json("role_ids").array ?? []
                let token = OAuthAccessToken(
                    id: try row.get("id"), secret: try env.encrypt(try row.get("access_secret")),
                    authorizingUserID: try row.get("authorizing_user_id"), projectID: try row.get("project_id"),
                    roles: roles.compactMap { $0.string.map { RoleID($0) } }, consumerID: try row.get("consumer_id"),
                    expiresAt: try end.map { text in
                        guard let date = Date(iso8601: text) else { throw LeftOut(reason: "its end cannot be read") }
                        return date
                    })
                return { tx in
                    try OAuthTokenStore.insert(token, tx)
                    return true
                }
            })
    }

    // MARK: Federation

    private var identityProviderStep: Step {
        Step(
            name: "identity providers",
            rows: { after, limit in
                """
                SELECT i.*, i.id AS import_key,
                    EXISTS (SELECT 1 FROM project d WHERE d.id = i.domain_id AND d.is_domain) AS is_whole
                FROM identity_provider i WHERE i.id > \(after) ORDER BY i.id LIMIT \(limit)
                """
            }, target: "identity_providers",
            related: { source, keys in
                var related = Related()
                try related.add(
                    "remote ids",
                    try await source.read(
                        "SELECT idp_id AS import_key, remote_id FROM idp_remote_ids WHERE idp_id IN \(anyOf: keys)"))
                return related
            },
            make: { row, related in
                let id: String = try row.get("id")
                let provider = IdentityProvider(
                    id: IdentityProviderID(id), domainID: try row.get("domain_id"), isEnabled: try row.get("enabled"),
                    description: try row.get("description"), authorizationTTL: try row.get("authorization_ttl"),
                    remoteIDs: try related.of("remote ids", id).map { try $0.get("remote_id") })
                return { tx in
                    try IdentityProviderStore.insert(provider, tx)
                    return true
                }
            })
    }

    private var mappingStep: Step {
        Step(
            name: "mappings",
            rows: { after, limit in
                "SELECT m.*, m.id AS import_key FROM mapping m WHERE m.id > \(after) ORDER BY m.id LIMIT \(limit)"
            }, target: "mappings",
            make: { row, _ in
                // The version came with Keystone 2024.1.
                let mapping = Mapping(
                    id: try row.get("id"), rules: try row.json("rules"),
                    schemaVersion: row.has("schema_version") ? try row.get("schema_version") : "1.0")
                do { _ = try MappingRules(mapping) } catch { throw LeftOut(reason: "its rules cannot be applied") }
                return { tx in
                    try FederationStore.insert(mapping, tx)
                    return true
                }
            })
    }

    private var protocolStep: Step {
        Step(
            name: "federation protocols",
            rows: { after, limit in
                """
                SELECT * FROM (
                    SELECT p.*, CONCAT(p.idp_id, ' ', p.id) AS import_key,
                        EXISTS (SELECT 1 FROM mapping m WHERE m.id = p.mapping_id) AS is_whole
                    FROM federation_protocol p) k
                WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
                """
            },
            make: { row, _ in
                let way = FederationProtocol(
                    id: try row.get("id"), identityProvider: try row.get("idp_id"),
                    mappingID: try row.get("mapping_id"), remoteIDAttribute: try row.get("remote_id_attribute"))
                return { tx in
                    guard try IdentityProviderStore.find(way.id, of: way.identityProvider, tx) == nil else {
                        return false
                    }
                    guard try FederationStore.mapping(way.mappingID, tx) != nil,
                        try IdentityProviderStore.find(way.identityProvider, tx) != nil
                    else { throw LeftOut.orphan }
                    try IdentityProviderStore.insert(way, tx)
                    return true
                }
            })
    }

    private var serviceProviderStep: Step {
        Step(
            name: "service providers",
            rows: { after, limit in
                """
                SELECT s.*, s.id AS import_key FROM service_provider s
                WHERE s.id > \(after) ORDER BY s.id LIMIT \(limit)
                """
            }, target: "service_providers",
            make: { row, _ in
                let provider = ServiceProvider(
                    id: try row.get("id"), authURL: try row.get("auth_url"), url: try row.get("sp_url"),
                    isEnabled: try row.get("enabled"), description: try row.get("description"),
                    relayStatePrefix: try row.get("relay_state_prefix"))
                return { tx in
                    try FederationStore.insert(provider, tx)
                    return true
                }
            })
    }

    private var federatedUserStep: Step {
        Step(
            name: "users of identity providers",
            rows: { after, limit in
                """
                SELECT * FROM (
                    SELECT f.*, LPAD(f.id, 20, '0') AS import_key FROM federated_user f) k
                WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
                """
            },
            make: { row, _ in
                let user: UserID = try row.get("user_id")
                let unique: String = try row.get("unique_id")
                let provider: IdentityProviderID = try row.get("idp_id")
                let way: FederationProtocolID = try row.get("protocol_id")
                return { tx in
                    guard let found = try IdentityProviderStore.find(way, of: provider, tx) else {
                        throw LeftOut.orphan
                    }
                    guard try FederationStore.user(unique, of: found, tx) == nil else { return false }
                    try FederationStore.addUser(user, unique, of: found, tx)
                    return true
                }
            })
    }

    /// Memberships that an identity provider vouched for, as long as they last by its own time.
    private var vouchedMemberStep: Step {
        let now = env.clock.now()
        let usual = env.federation.defaultAuthorizationTTL.seconds / 60
        return Step(
            name: "group members by identity providers", batch: 2000,
            rows: { after, limit in
                """
                SELECT * FROM (
                    SELECT m.*, i.authorization_ttl, CONCAT_WS(' ', m.group_id, m.user_id, m.idp_id) AS import_key
                    FROM expiring_user_group_membership m JOIN identity_provider i ON i.id = m.idp_id) k
                WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
                """
            },
            make: { row, _ in
                let minutes = try row.get("authorization_ttl", as: Int?.self).map(Double.init) ?? usual
                let end = try row.get("last_verified", as: Date.self).addingTimeInterval(minutes * 60)
                guard end > now else { throw LeftOut(reason: "it has ended") }
                let group: String = try row.get("group_id")
                let user: String = try row.get("user_id")
                let provider: String = try row.get("idp_id")
                return { tx in
                    try Self.add(
                        """
                        INSERT INTO expiring_group_members (group_id, user_id, idp_id, expires_at)
                        VALUES (\(group), \(user), \(provider), \(end))
                        """, tx)
                }
            })
    }

    // MARK: Domains' options

    private var plainOptionStep: Step {
        options("domains' options") { after, limit in
            """
            SELECT * FROM (
                SELECT c.domain_id, c.`group` AS option_group, c.`option` AS option_name, c.value,
                    CONCAT_WS(' ', c.domain_id, c.`group`, c.`option`) AS import_key,
                    EXISTS (SELECT 1 FROM project d WHERE d.id = c.domain_id) AS is_whole FROM whitelisted_config c) k
            WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
            """
        }
    }

    private var sensitiveOptionStep: Step {
        options("domains' secret options", areSecret: true) { after, limit in
            """
            SELECT * FROM (
                SELECT c.domain_id, c.`group` AS option_group, c.`option` AS option_name, c.value,
                    CONCAT_WS(' ', c.domain_id, c.`group`, c.`option`) AS import_key,
                    EXISTS (SELECT 1 FROM project d WHERE d.id = c.domain_id) AS is_whole FROM sensitive_config c) k
            WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
            """
        }
    }

    private func options(
        _ name: String, areSecret: Bool = false, _ rows: @escaping @Sendable (String, Int) -> SQL
    ) -> Step {
        Step(
            name: name, rows: rows,
            make: { [env] row, _ in
                let domain: DomainID = try row.get("domain_id")
                let text: String = try row.get("value")
                let value = try JSONValue(parsing: text)
                let entry = DomainConfigurationStore.Entry(
                    group: try row.get("option_group"), name: try row.get("option_name"),
                    value: areSecret ? .string(try env.encrypt(value.jsonText)) : value, isEncrypted: areSecret)
                return { tx in
                    let present = try DomainConfigurationStore.list(domain, tx)
                    guard !present.contains(where: { $0.group == entry.group && $0.name == entry.name }) else {
                        return false
                    }
                    try DomainConfigurationStore.set([entry], of: domain, tx)
                    return true
                }
            })
    }
}
