package import Core
import Database
import FoundationEssentials

/// Identity providers and their protocols.
package struct IdentityProviderService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    static func missing(_ id: IdentityProviderID) -> ServiceError {
        ServiceError(.notFound, "Could not find Identity Provider: \(id).")
    }

    static func missing(_ id: FederationProtocolID, of provider: IdentityProviderID) -> ServiceError {
        ServiceError(
            .notFound, "Could not find federated protocol \(id) for Identity Provider: \(provider).")
    }

    package func find(_ id: IdentityProviderID) async throws -> IdentityProvider {
        let found = try await env.database.read("find identity provider") {
            try IdentityProviderStore.find(id, $0)
        }
        guard let found else { throw Self.missing(id) }
        return found
    }

    /// The provider that an assertion names by one of the attributes that protocols of that name look at.
    package func find(
        named assertion: [String: String], by way: FederationProtocolID
    ) async throws -> IdentityProviderID? {
        let usual = env.federation.remoteIDAttribute
        return try await env.database.read("find identity provider by remote id") { tx in
            let ways = try IdentityProviderStore.protocols(named: way, tx)
            let names = Set(ways.compactMap { ($0.remoteIDAttribute ?? usual).flatMap { assertion[$0] } })
            // One statement for each: a cloud has one or two such attributes.
            for name in names.sorted() {
                if let found = try IdentityProviderStore.find(remoteID: name, tx),
                    ways.contains(where: { $0.identityProvider == found })
                {
                    return found
                }
            }
            return nil
        }
    }

    package func list(id: IdentityProviderID?, isEnabled: Bool?) async throws -> [IdentityProvider] {
        try await env.database.read("list identity providers") {
            try IdentityProviderStore.list(id: id, isEnabled: isEnabled, $0)
        }
    }

    /// - Parameter domain: where the provider's users are; nil makes a domain for them.
    package func create(_ provider: IdentityProvider, in domain: DomainID?, _ context: RequestContext) async throws
        -> IdentityProvider
    {
        let own = env.ids.hex()
        do {
            return try await env.change("create identity provider", context) { tx, record in
                var provider = provider
                if let domain {
                    guard try ProjectStore.findDomain(domain, tx) != nil else { throw NotFound.domain(domain) }
                    provider.domainID = domain
                } else {
                    provider.domainID = DomainID(own)
                    try ProjectStore.insert(
                        Project(
                            id: ProjectID(own), name: own, domainID: nil, parentID: nil, isDomain: true,
                            description: "Auto generated federated domain for Identity Provider: \(provider.id)",
                            isEnabled: true, options: [:], extra: [:]), tx)
                    record.created(.domain, provider.domainID)
                }
                try IdentityProviderStore.insert(provider, tx)
                record.created(.identityProvider, provider.id)
                return provider
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw Self.conflict(error, provider)
        }
    }

    private static func conflict(_ error: ServiceError, _ provider: IdentityProvider) -> ServiceError {
        ServiceError(
            .conflict,
            "Conflict occurred attempting to store identity_provider - Duplicate entry found with ID \(provider.id), "
                + "or with one of its remote ids.", cause: error)
    }

    /// Disabling a provider voids its users' tokens.
    package func update(
        _ id: IdentityProviderID, _ context: RequestContext,
        _ change: @escaping @Sendable (inout IdentityProvider) -> Void
    ) async throws -> IdentityProvider {
        let now = env.clock.now()
        do {
            let (provider, event) = try await env.change("update identity provider", context) { tx, record in
                guard let before = try IdentityProviderStore.find(id, tx, .toChange) else { throw Self.missing(id) }
                var after = before
                change(&after)
                try IdentityProviderStore.update(after, tx)
                record.updated(.identityProvider, id)
                // Validation looks the provider up; only caches must hear of it.
                let event =
                    before.isEnabled && !after.isEnabled
                    ? try RevocationStore.number(RevocationEvent(issuedBefore: now), tx) : nil
                return (after, event)
            }
            if let event { await env.announce(event) }
            return provider
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(
                .conflict, "Conflict occurred attempting to store identity_provider - Duplicate remote ID.",
                cause: error)
        }
    }

    /// Deletes the provider, its protocols, and the users that it alone has sent.
    package func delete(_ id: IdentityProviderID, _ context: RequestContext) async throws {
        let now = env.clock.now()
        let event = try await env.change("delete identity provider", context) { tx, record in
            guard try IdentityProviderStore.find(id, tx) != nil else { throw Self.missing(id) }
            let users = try FederationStore.users(of: id, tx)
            try UserStore.delete(users, at: now, tx)
            for user in users { record.deleted(.user, user, about: id.rawValue) }
            try IdentityProviderStore.delete(id, tx)
            record.deleted(.identityProvider, id)
            return try RevocationStore.number(RevocationEvent(issuedBefore: now), tx)
        }
        await env.announce(event)
    }

    // MARK: Protocols

    package func protocols(of provider: IdentityProviderID) async throws -> [FederationProtocol] {
        try await env.database.read("list federation protocols") { tx in
            guard try IdentityProviderStore.find(provider, tx) != nil else { throw Self.missing(provider) }
            return try IdentityProviderStore.protocols(of: provider, tx)
        }
    }

    package func find(
        _ id: FederationProtocolID, of provider: IdentityProviderID
    ) async throws -> FederationProtocol {
        let found = try await env.database.read("find federation protocol") {
            try IdentityProviderStore.find(id, of: provider, $0)
        }
        guard let found else { throw Self.missing(id, of: provider) }
        return found
    }

    package func create(_ way: FederationProtocol, _ context: RequestContext) async throws {
        do {
            try await env.change("create federation protocol", context) { tx, record in
                guard try IdentityProviderStore.find(way.identityProvider, tx) != nil else {
                    throw Self.missing(way.identityProvider)
                }
                try Self.checkMapping(way.mappingID, tx)
                try IdentityProviderStore.insert(way, tx)
                record.created(.federationProtocol, way.id, about: way.identityProvider.rawValue)
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(
                .conflict,
                "Conflict occurred attempting to store federation_protocol - Duplicate entry found with ID \(way.id).",
                cause: error)
        }
    }

    private static func checkMapping(_ id: MappingID, _ tx: Transaction) throws {
        guard try FederationStore.mapping(id, tx) != nil else {
            throw ServiceError(.badRequest, "Invalid mapping id: \(id)")
        }
    }

    package func update(
        _ id: FederationProtocolID, of provider: IdentityProviderID, _ context: RequestContext,
        _ change: @escaping @Sendable (inout FederationProtocol) -> Void
    ) async throws -> FederationProtocol {
        try await env.change("update federation protocol", context) { tx, record in
            guard var way = try IdentityProviderStore.find(id, of: provider, tx, .toChange) else {
                throw Self.missing(id, of: provider)
            }
            change(&way)
            try Self.checkMapping(way.mappingID, tx)
            try IdentityProviderStore.update(way, tx)
            record.updated(.federationProtocol, id, about: provider.rawValue)
            return way
        }
    }

    /// Deletes the protocol and the users that came by it alone.
    package func delete(_ id: FederationProtocolID, of provider: IdentityProviderID, _ context: RequestContext)
        async throws
    {
        let now = env.clock.now()
        let event = try await env.change("delete federation protocol", context) { tx, record in
            guard let way = try IdentityProviderStore.find(id, of: provider, tx) else {
                throw Self.missing(id, of: provider)
            }
            let users = try FederationStore.users(of: provider, by: id, tx)
            try UserStore.delete(users, at: now, tx)
            for user in users { record.deleted(.user, user, about: provider.rawValue) }
            try IdentityProviderStore.delete(way, tx)
            record.deleted(.federationProtocol, id, about: provider.rawValue)
            return try RevocationStore.number(RevocationEvent(issuedBefore: now), tx)
        }
        await env.announce(event)
    }
}
