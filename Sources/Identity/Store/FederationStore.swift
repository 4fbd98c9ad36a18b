package import Core
package import Database

/// Mappings, service providers, and the users that identity providers have sent.
package enum FederationStore {
    // MARK: Mappings

    private static func mapping(_ row: Row) throws -> Mapping {
        Mapping(id: try row.get("id"), rules: try row.get("rules"), schemaVersion: try row.get("schema_version"))
    }

    package static func mapping(_ id: MappingID, _ tx: Transaction) throws -> Mapping? {
        try tx.first("SELECT * FROM mappings WHERE id = \(id)").map(mapping)
    }

    package static func mappings(_ tx: Transaction) throws -> [Mapping] {
        try tx.query("SELECT * FROM mappings ORDER BY id").map(mapping)
    }

    package static func insert(_ mapping: Mapping, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO mappings (id, rules, schema_version)
            VALUES (\(mapping.id), \(mapping.rules), \(mapping.schemaVersion))
            """)
    }

    /// - Returns: whether there is such a mapping.
    package static func update(_ mapping: Mapping, _ tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE mappings SET rules = \(mapping.rules), schema_version = \(mapping.schemaVersion),
                version = version + 1
            WHERE id = \(mapping.id)
            """) > 0
    }

    package static func deleteMapping(_ id: MappingID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM mappings WHERE id = \(id)")
    }

    // MARK: Service providers

    private static func serviceProvider(_ row: Row) throws -> ServiceProvider {
        ServiceProvider(
            id: try row.get("id"), authURL: try row.get("auth_url"), url: try row.get("sp_url"),
            isEnabled: try row.get("enabled"), description: try row.get("description"),
            relayStatePrefix: try row.get("relay_state_prefix"))
    }

    package static func serviceProvider(
        _ id: ServiceProviderID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> ServiceProvider? {
        try tx.first("SELECT * FROM service_providers WHERE id = \(id)\(sql: reading.lock)").map(serviceProvider)
    }

    package static func serviceProviders(
        id: ServiceProviderID?, isEnabled: Bool?, _ tx: Transaction
    ) throws -> [ServiceProvider] {
        var conditions: [SQL] = []
        if let id { conditions.append("id = \(id)") }
        if let isEnabled { conditions.append("enabled = \(isEnabled)") }
        return try tx.query("SELECT * FROM service_providers\(sql: .whereAll(conditions)) ORDER BY id")
            .map(serviceProvider)
    }

    package static func insert(_ provider: ServiceProvider, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO service_providers (id, auth_url, sp_url, enabled, description, relay_state_prefix)
            VALUES (\(provider.id), \(provider.authURL), \(provider.url), \(provider.isEnabled),
                \(provider.description), \(provider.relayStatePrefix))
            """)
    }

    package static func update(_ provider: ServiceProvider, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE service_providers SET auth_url = \(provider.authURL), sp_url = \(provider.url),
                enabled = \(provider.isEnabled), description = \(provider.description),
                relay_state_prefix = \(provider.relayStatePrefix), version = version + 1
            WHERE id = \(provider.id)
            """)
    }

    package static func deleteServiceProvider(_ id: ServiceProviderID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM service_providers WHERE id = \(id)")
    }

    // MARK: Users

    package static func user(
        _ uniqueID: String, of way: FederationProtocol, _ tx: Transaction
    ) throws -> UserID? {
        try tx.first(
            """
            SELECT user_id FROM federated_users
            WHERE idp_id = \(way.identityProvider) AND protocol_id = \(way.id) AND unique_id = \(uniqueID)
            """)?.get("user_id")
    }

    package static func addUser(
        _ user: UserID, _ uniqueID: String, of way: FederationProtocol, _ tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO federated_users (idp_id, protocol_id, unique_id, user_id)
            VALUES (\(way.identityProvider), \(way.id), \(uniqueID), \(user))
            """)
    }

    /// - Throws: 400 for a protocol that does not exist.
    package static func setLogins(_ logins: [FederatedLogin], of user: UserID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM federated_users WHERE user_id = \(user)")
        guard !logins.isEmpty else { return }
        let wanted = Set(logins.map { "\($0.identityProvider) \($0.protocolID)" })
        let known = try tx.query(
            """
            SELECT idp_id, id FROM federation_protocols
            WHERE idp_id IN \(anyOf: Set(logins.map(\.identityProvider)))
            """
        ).map { row in
            "\(try row.get("idp_id", as: String.self)) \(try row.get("id", as: String.self))"
        }
        guard wanted.isSubset(of: known) else {
            throw ServiceError(.badRequest, "Could not find the identity provider or its protocol.")
        }
        let rows = logins.map { login -> SQL in
            "(\(login.identityProvider), \(login.protocolID), \(login.uniqueID), \(user))"
        }
        try tx.execute(
            """
            INSERT INTO federated_users (idp_id, protocol_id, unique_id, user_id)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }

    /// How users log in by identity providers.
    package static func logins(
        of users: [UserID], _ tx: Transaction
    ) throws -> [UserID: [FederatedLogin]] {
        guard !users.isEmpty else { return [:] }
        var logins: [UserID: [FederatedLogin]] = [:]
        for row in try tx.query(
            """
            SELECT user_id, idp_id, protocol_id, unique_id FROM federated_users
            WHERE user_id IN \(anyOf: users) ORDER BY idp_id, protocol_id, unique_id
            """)
        {
            logins[try row.get("user_id"), default: []].append(
                FederatedLogin(
                    identityProvider: try row.get("idp_id"), protocolID: try row.get("protocol_id"),
                    uniqueID: try row.get("unique_id")))
        }
        return logins
    }

    /// Users who can log in only by that provider, or by that protocol of it.
    package static func users(
        of provider: IdentityProviderID, by way: FederationProtocolID? = nil, _ tx: Transaction
    ) throws -> [UserID] {
        var mine: [SQL] = ["f.idp_id = \(provider)"]
        var other: SQL = "o.idp_id <> \(provider)"
        if let way {
            mine.append("f.protocol_id = \(way)")
            other = "(o.idp_id <> \(provider) OR o.protocol_id <> \(way))"
        }
        mine.append(
            "NOT EXISTS (SELECT 1 FROM federated_users o WHERE o.user_id = f.user_id AND \(sql: other))")
        mine.append("NOT EXISTS (SELECT 1 FROM passwords p WHERE p.user_id = f.user_id)")
        return try tx.query("SELECT DISTINCT f.user_id FROM federated_users f\(sql: .whereAll(mine))")
            .map { try $0.get("user_id") }
    }
}
