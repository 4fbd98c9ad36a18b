package import Core
package import Database

/// Identity providers and their protocols.
package enum IdentityProviderStore {
    private static func provider(_ row: Row, _ remoteIDs: [IdentityProviderID: [String]]) throws -> IdentityProvider {
        let id: IdentityProviderID = try row.get("id")
        return IdentityProvider(
            id: id, domainID: try row.get("domain_id"), isEnabled: try row.get("enabled"),
            description: try row.get("description"), authorizationTTL: try row.get("authorization_ttl"),
            remoteIDs: remoteIDs[id] ?? [])
    }

    private static func remoteIDs(_ conditions: [SQL], _ tx: Transaction) throws -> [IdentityProviderID: [String]] {
        var ids: [IdentityProviderID: [String]] = [:]
        for row in try tx.query(
            "SELECT idp_id, remote_id FROM identity_provider_remote_ids\(sql: .whereAll(conditions)) ORDER BY remote_id"
        ) {
            ids[try row.get("idp_id"), default: []].append(try row.get("remote_id"))
        }
        return ids
    }

    package static func find(
        _ id: IdentityProviderID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> IdentityProvider? {
        guard let row = try tx.first("SELECT * FROM identity_providers WHERE id = \(id)\(sql: reading.lock)") else {
            return nil
        }
        return try provider(row, try remoteIDs(["idp_id = \(id)"], tx))
    }

    package static func find(remoteID: String, _ tx: Transaction) throws -> IdentityProviderID? {
        try tx.first("SELECT idp_id FROM identity_provider_remote_ids WHERE remote_id = \(remoteID)")?.get("idp_id")
    }

    package static func list(
        id: IdentityProviderID?, isEnabled: Bool?, _ tx: Transaction
    ) throws -> [IdentityProvider] {
        var conditions: [SQL] = []
        if let id { conditions.append("id = \(id)") }
        if let isEnabled { conditions.append("enabled = \(isEnabled)") }
        let ids = try remoteIDs([], tx)
        return try tx.query("SELECT * FROM identity_providers\(sql: .whereAll(conditions)) ORDER BY id").map {
            try provider($0, ids)
        }
    }

    package static func insert(_ provider: IdentityProvider, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO identity_providers (id, domain_id, enabled, description, authorization_ttl)
            VALUES (\(provider.id), \(provider.domainID), \(provider.isEnabled), \(provider.description),
                \(provider.authorizationTTL))
            """)
        try addRemoteIDs(provider, tx)
    }

    private static func addRemoteIDs(_ provider: IdentityProvider, _ tx: Transaction) throws {
        guard !provider.remoteIDs.isEmpty else { return }
        let rows = provider.remoteIDs.map { id -> SQL in "(\(id), \(provider.id))" }
        try tx.execute(
            """
            INSERT INTO identity_provider_remote_ids (remote_id, idp_id) VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }

    package static func update(_ provider: IdentityProvider, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE identity_providers SET enabled = \(provider.isEnabled), description = \(provider.description),
                authorization_ttl = \(provider.authorizationTTL), version = version + 1
            WHERE id = \(provider.id)
            """)
        try tx.execute("DELETE FROM identity_provider_remote_ids WHERE idp_id = \(provider.id)")
        try addRemoteIDs(provider, tx)
    }

    package static func delete(_ id: IdentityProviderID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM identity_providers WHERE id = \(id)")
    }

    package static func delete(ofDomain domain: DomainID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM identity_providers WHERE domain_id = \(domain)")
    }

    // MARK: Protocols

    private static func way(_ row: Row) throws -> FederationProtocol {
        FederationProtocol(
            id: try row.get("id"), identityProvider: try row.get("idp_id"), mappingID: try row.get("mapping_id"),
            remoteIDAttribute: try row.get("remote_id_attribute"))
    }

    package static func find(
        _ id: FederationProtocolID, of provider: IdentityProviderID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> FederationProtocol? {
        try tx.first(
            "SELECT * FROM federation_protocols WHERE idp_id = \(provider) AND id = \(id)\(sql: reading.lock)"
        ).map(way)
    }

    package static func protocols(of provider: IdentityProviderID, _ tx: Transaction) throws -> [FederationProtocol] {
        try tx.query("SELECT * FROM federation_protocols WHERE idp_id = \(provider) ORDER BY id").map(way)
    }

    /// The protocols of that name, of any provider.
    package static func protocols(named id: FederationProtocolID, _ tx: Transaction) throws -> [FederationProtocol] {
        try tx.query("SELECT * FROM federation_protocols WHERE id = \(id) ORDER BY idp_id").map(way)
    }

    package static func insert(_ way: FederationProtocol, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO federation_protocols (idp_id, id, mapping_id, remote_id_attribute)
            VALUES (\(way.identityProvider), \(way.id), \(way.mappingID), \(way.remoteIDAttribute))
            """)
    }

    package static func update(_ way: FederationProtocol, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE federation_protocols SET mapping_id = \(way.mappingID),
                remote_id_attribute = \(way.remoteIDAttribute), version = version + 1
            WHERE idp_id = \(way.identityProvider) AND id = \(way.id)
            """)
    }

    package static func delete(_ way: FederationProtocol, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM federation_protocols WHERE idp_id = \(way.identityProvider) AND id = \(way.id)")
    }
}
