package import Core
import Database

/// Mappings and service providers.
package struct MappingService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    private static func missing(_ id: MappingID) -> ServiceError {
        ServiceError(.notFound, "Could not find mapping: \(id).")
    }

    package func find(_ id: MappingID) async throws -> Mapping {
        let found = try await env.database.read("find mapping") { try FederationStore.mapping(id, $0) }
        guard let found else { throw Self.missing(id) }
        return found
    }

    package func list() async throws -> [Mapping] {
        try await env.database.read("list mappings") { try FederationStore.mappings($0) }
    }

    /// - Throws: 400 for rules that cannot be applied.
    private static func check(_ mapping: Mapping) throws {
        do { _ = try MappingRules(mapping) } catch { throw ServiceError(.badRequest, error.reason) }
    }

    package func create(_ mapping: Mapping, _ context: RequestContext) async throws {
        try Self.check(mapping)
        do {
            try await env.change("create mapping", context) { tx, record in
                try FederationStore.insert(mapping, tx)
                record.created(.mapping, mapping.id)
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(
                .conflict,
                "Conflict occurred attempting to store mapping - Duplicate entry found with ID \(mapping.id).",
                cause: error)
        }
    }

    package func update(_ mapping: Mapping, _ context: RequestContext) async throws {
        try Self.check(mapping)
        try await env.change("update mapping", context) { tx, record in
            guard try FederationStore.update(mapping, tx) else { throw Self.missing(mapping.id) }
            record.updated(.mapping, mapping.id)
        }
    }

    package func delete(_ id: MappingID, _ context: RequestContext) async throws {
        do {
            try await env.change("delete mapping", context) { tx, record in
                guard try FederationStore.mapping(id, tx) != nil else { throw Self.missing(id) }
                try FederationStore.deleteMapping(id, tx)
                record.deleted(.mapping, id)
            }
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(.conflict, "The mapping \(id) is in use by a federation protocol.", cause: error)
        }
    }

    // MARK: Service providers

    private static func missing(_ id: ServiceProviderID) -> ServiceError {
        ServiceError(.notFound, "Could not find Service Provider: \(id).")
    }

    package func find(_ id: ServiceProviderID) async throws -> ServiceProvider {
        let found = try await env.database.read("find service provider") {
            try FederationStore.serviceProvider(id, $0)
        }
        guard let found else { throw Self.missing(id) }
        return found
    }

    package func serviceProviders(id: ServiceProviderID?, isEnabled: Bool?) async throws -> [ServiceProvider] {
        try await env.database.read("list service providers") {
            try FederationStore.serviceProviders(id: id, isEnabled: isEnabled, $0)
        }
    }

    package func create(_ provider: ServiceProvider, _ context: RequestContext) async throws {
        do {
            try await env.change("create service provider", context) { tx, record in
                try FederationStore.insert(provider, tx)
                record.created(.serviceProvider, provider.id)
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(
                .conflict,
                "Conflict occurred attempting to store service_provider - Duplicate entry found with ID "
                    + "\(provider.id).", cause: error)
        }
    }

    package func update(
        _ id: ServiceProviderID, _ context: RequestContext,
        _ change: @escaping @Sendable (inout ServiceProvider) -> Void
    ) async throws -> ServiceProvider {
        try await env.change("update service provider", context) { tx, record in
            guard var provider = try FederationStore.serviceProvider(id, tx, .toChange) else { throw Self.missing(id) }
            change(&provider)
            try FederationStore.update(provider, tx)
            record.updated(.serviceProvider, id)
            return provider
        }
    }

    package func delete(_ id: ServiceProviderID, _ context: RequestContext) async throws {
        try await env.change("delete service provider", context) { tx, record in
            guard try FederationStore.serviceProvider(id, tx) != nil else { throw Self.missing(id) }
            try FederationStore.deleteServiceProvider(id, tx)
            record.deleted(.serviceProvider, id)
        }
    }
}
