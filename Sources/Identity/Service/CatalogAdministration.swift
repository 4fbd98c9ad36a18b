package import Core
package import Database

/// Regions, services and endpoints, and the catalogue made of them.
package struct CatalogAdministration: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    /// Runs store calls in one transaction.
    package func run<T: Sendable>(
        _ name: StaticString, _ context: RequestContext,
        _ body: @escaping @Sendable (Transaction, inout ChangeRecord) throws -> T
    ) async throws -> T {
        try await env.change(name, context, body)
    }

    /// The same for what only reads.
    package func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await env.database.read(name, body)
    }

    // MARK: Regions

    package func create(_ region: Region, _ context: RequestContext) async throws -> Region {
        do {
            try await run("create region", context) { tx, record in
                if let parent = region.parentID, try CatalogStore.region(parent, tx) == nil {
                    throw NotFound.region(parent)
                }
                try CatalogStore.insert(region, tx)
                record.created(.region, region.id)
            }
            return region
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(
                .conflict, "Conflict occurred attempting to store region - Duplicate ID, \(region.id).")
        }
    }

    package func update(
        _ id: RegionID, _ context: RequestContext, _ change: @escaping @Sendable (inout Region) throws -> Void
    ) async throws -> Region {
        try await run("update region", context) { tx, record in
            guard var region = try CatalogStore.region(id, tx, .toChange) else { throw NotFound.region(id) }
            try change(&region)
            var seen: Set<RegionID> = [id]
            var parent = region.parentID
            while let next = parent {
                guard seen.insert(next).inserted else {
                    throw ServiceError(
                        .badRequest,
                        "The specified parent region \(next) would create a circular region hierarchy.")
                }
                // Locked as well: two changes at once could close a circle that neither sees.
                guard let row = try CatalogStore.region(next, tx, .toChange) else { throw NotFound.region(next) }
                parent = row.parentID
            }
            try CatalogStore.update(region, tx)
            record.updated(.region, id)
            return region
        }
    }

    package func delete(_ id: RegionID, _ context: RequestContext) async throws {
        try await run("delete region", context) { tx, record in
            guard try CatalogStore.region(id, tx) != nil else { throw NotFound.region(id) }
            // A parent comes before its children; they are deleted the other way round.
            var doomed = [id]
            // An imported region may be in a circle.
            var seen: Set<RegionID> = [id]
            var next = 0
            while next < doomed.count {
                var filter = EndpointFilter()
                filter.regionID = doomed[next]
                guard try CatalogStore.endpoints(filter, tx).isEmpty else {
                    throw ServiceError(
                        .forbidden,
                        "Unable to delete region \(id) because it or its child regions have associated endpoints.")
                }
                doomed += try CatalogStore.regions(parent: doomed[next], tx).map(\.id).filter {
                    seen.insert($0).inserted
                }
                next += 1
            }
            for region in doomed.reversed() {
                try CatalogStore.delete(region, tx)
                record.deleted(.region, region)
            }
        }
    }

    // MARK: Services and endpoints

    package func update(
        _ id: ServiceID, _ context: RequestContext, _ change: @escaping @Sendable (inout CatalogService) throws -> Void
    ) async throws -> CatalogService {
        try await run("update service", context) { tx, record in
            guard var service = try CatalogStore.service(id, tx, .toChange) else { throw NotFound.service(id) }
            try change(&service)
            try CatalogStore.update(service, tx)
            record.updated(.service, id)
            return service
        }
    }

    package func delete(_ id: ServiceID, _ context: RequestContext) async throws {
        do {
            try await run("delete service", context) { tx, record in
                guard try CatalogStore.service(id, tx) != nil else { throw NotFound.service(id) }
                try CatalogStore.delete(id, tx)
                record.deleted(.service, id)
            }
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(
                .forbidden, "Service \(id) cannot be deleted: registered limits refer to it.", cause: error)
        }
    }

    /// - Parameter makesRegion: whether a region that there is not is made, as for API v2's `region`.
    /// - Throws: 400 for a service or a region that does not exist.
    package func create(
        _ endpoint: Endpoint, makesRegion: Bool = false, _ context: RequestContext
    ) async throws -> Endpoint {
        try await run("create endpoint", context) { tx, record in
            try Self.checkReferences(endpoint, makesRegion: makesRegion, &record, tx)
            try CatalogStore.insert(endpoint, tx)
            record.created(.endpoint, endpoint.id)
            return endpoint
        }
    }

    package func update(
        _ id: EndpointID, makesRegion: Bool = false, _ context: RequestContext,
        _ change: @escaping @Sendable (inout Endpoint) throws -> Void
    ) async throws -> Endpoint {
        try await run("update endpoint", context) { tx, record in
            guard var endpoint = try CatalogStore.endpoint(id, tx, .toChange) else { throw NotFound.endpoint(id) }
            try change(&endpoint)
            try Self.checkReferences(endpoint, makesRegion: makesRegion, &record, tx)
            try CatalogStore.update(endpoint, tx)
            record.updated(.endpoint, id)
            return endpoint
        }
    }

    private static func checkReferences(
        _ endpoint: Endpoint, makesRegion: Bool, _ record: inout ChangeRecord, _ tx: Transaction
    ) throws {
        guard try CatalogStore.service(endpoint.serviceID, tx) != nil else { throw Self.missing("service") }
        if let region = endpoint.regionID, try CatalogStore.region(region, tx) == nil {
            guard makesRegion else { throw Self.missing("region") }
            try CatalogStore.insert(Region(id: region, description: "", parentID: nil, extra: [:]), tx)
            record.created(.region, region)
        }
        // Checked with every name filled in: what is left of it is a mistake.
        guard endpoint.url(project: ProjectID("p"), user: UserID("u")) != nil else {
            throw ServiceError(.badRequest, "Cannot create an endpoint with an invalid URL: \(endpoint.url).")
        }
    }

    private static func missing(_ kind: String) -> ServiceError {
        ServiceError(
            .badRequest,
            "Expecting to find endpoint \(kind)_id in \(kind) table. The server could not comply with the request since "
                + "it is either malformed or otherwise incorrect. The client is assumed to be in error.")
    }

    package func delete(_ id: EndpointID, _ context: RequestContext) async throws {
        try await run("delete endpoint", context) { tx, record in
            guard try CatalogStore.endpoint(id, tx) != nil else { throw NotFound.endpoint(id) }
            try CatalogStore.delete(id, tx)
            record.deleted(.endpoint, id)
        }
    }

    // MARK: The catalogue

    package func catalog(project: ProjectID?, user: UserID?) async throws -> [CatalogEntry] {
        try await read("read catalogue") { try Self.catalog(project: project, user: user, $0) }
    }

    /// What a token's document shows beside the token.
    package func tokenFacts(
        project: ProjectID?, user: UserID, withCatalog: Bool
    ) async throws -> (catalog: [CatalogEntry]?, serviceProviders: [ServiceProvider]) {
        try await read("read catalogue") { tx in
            (
                withCatalog ? try Self.catalog(project: project, user: user, tx) : nil,
                try FederationStore.serviceProviders(id: nil, isEnabled: true, tx)
            )
        }
    }

    /// Enabled services with their enabled endpoints; of a project with endpoints of its own, only those.
    package static func catalog(project: ProjectID?, user: UserID?, _ tx: Transaction) throws -> [CatalogEntry] {
        let contents = try CatalogStore.contents(for: project, tx)
        var endpoints = contents.endpoints
        if !contents.chosen.isEmpty || !contents.filters.isEmpty {
            endpoints.removeAll { endpoint in
                !contents.chosen.contains(endpoint.id)
                    && !contents.filters.contains { EndpointGroup.matches($0, endpoint) }
            }
        }
        let byService = Dictionary(grouping: endpoints, by: \.serviceID)
        let isChosen = !contents.chosen.isEmpty || !contents.filters.isEmpty
        return contents.services.filter { !isChosen || byService[$0.id] != nil }.map { service in
            CatalogEntry(
                id: service.id, type: service.type, name: service.name,
                endpoints: (byService[service.id] ?? []).compactMap { endpoint in
                    endpoint.url(project: project, user: user).map {
                        CatalogEntry.Endpoint(
                            id: endpoint.id, interface: endpoint.interface, regionID: endpoint.regionID, url: $0)
                    }
                })
        }
    }
}
