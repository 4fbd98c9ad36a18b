package import Core
import Database

/// Registered limits and limits, of the flat and of the strict two-level model.
package struct LimitService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    /// What a list is narrowed to.
    package struct Filter: Sendable {
        package var service: ServiceID?
        package var region: RegionID?
        package var resource: String?
        package var project: ProjectID?
        package var domain: DomainID?
        /// The domain that has the limit, itself or in a project of it.
        package var holder: DomainID?

        package init() {}
    }

    package func registered(_ filter: Filter) async throws -> [RegisteredLimit] {
        try await env.database.read("list registered limits") {
            try LimitStore.registered(service: filter.service, region: filter.region, resource: filter.resource, $0)
        }
    }

    package func registered(_ id: RegisteredLimitID) async throws -> RegisteredLimit {
        let found = try await env.database.read("find registered limit") { try LimitStore.registered(id, $0) }
        guard let found else { throw NotFound.error("registered limit for", id) }
        return found
    }

    /// All or none.
    package func create(_ limits: [RegisteredLimit], _ context: RequestContext) async throws {
        do {
            try await env.change("create registered limits", context) { tx, record in
                for limit in limits {
                    guard try CatalogStore.service(limit.serviceID, tx) != nil else {
                        throw ServiceError(.badRequest, "Could not find service: \(limit.serviceID).")
                    }
                    if let region = limit.regionID, try CatalogStore.region(region, tx) == nil {
                        throw ServiceError(.badRequest, "Could not find region: \(region).")
                    }
                    try LimitStore.insert(limit, tx)
                    record.created(.registeredLimit, limit.id)
                }
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(.conflict, "Conflict occurred attempting to store registered_limit - Duplicate entry.")
        }
    }

    package func update(
        _ id: RegisteredLimitID, _ context: RequestContext,
        _ change: @escaping @Sendable (inout RegisteredLimit) -> Void
    ) async throws -> RegisteredLimit {
        do {
            return try await env.change("update registered limit", context) { tx, record in
                guard var limit = try LimitStore.registered(id, tx, .toChange) else {
                    throw NotFound.error("registered limit for", id)
                }
                change(&limit)
                try LimitStore.update(limit, tx)
                record.updated(.registeredLimit, id)
                return limit
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(.conflict, "Conflict occurred attempting to store registered_limit - Duplicate entry.")
        }
    }

    package func deleteRegistered(_ id: RegisteredLimitID, _ context: RequestContext) async throws {
        do {
            try await env.change("delete registered limit", context) { tx, record in
                guard try LimitStore.registered(id, tx) != nil else {
                    throw NotFound.error("registered limit for", id)
                }
                try LimitStore.deleteRegistered(id, tx)
                record.deleted(.registeredLimit, id)
            }
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(
                .forbidden,
                "Unable to update or delete registered limit \(id) because there are project limits associated with it.",
                cause: error)
        }
    }

    // MARK: Limits

    package func limits(_ filter: Filter) async throws -> [Limit] {
        try await env.database.read("list limits") {
            try LimitStore.limits(
                service: filter.service, region: filter.region, resource: filter.resource, project: filter.project,
                domain: filter.domain, holder: filter.holder, $0)
        }
    }

    package func limit(_ id: LimitID) async throws -> Limit? {
        try await env.database.read("find limit") { try LimitStore.limit(id, $0) }
    }

    package func domain(of project: ProjectID) async throws -> DomainID? {
        try await env.database.read("find limit's project") { try ProjectStore.find(project, $0)?.domainID }
    }

    /// What a new limit is asked to be; it needs a registered one for the same resource.
    package struct Request: Sendable {
        package var filter: Filter
        package var resourceLimit: Int
        package var description: String?
    }

    /// All or none.
    package func create(_ requests: [Request], _ context: RequestContext) async throws -> [Limit] {
        let env = env
        let isStrict = env.settings.limits.model == .strictTwoLevel
        do {
            return try await env.change("create limits", context) { tx, record in
                let made = try requests.map { request -> Limit in
                    var filter = request.filter
                    try Self.resolve(&filter, tx)
                    let registered = try LimitStore.registered(
                        service: filter.service, region: nil, resource: filter.resource, tx
                    ).first { $0.regionID == filter.region }
                    guard let registered else {
                        throw ServiceError(
                            .forbidden,
                            "Unable to create a limit for \(filter.resource ?? ""): there is no registered limit for it."
                        )
                    }
                    let limit = Limit(
                        id: env.newID(), registered: registered, projectID: filter.project, domainID: filter.domain,
                        resourceLimit: request.resourceLimit, description: request.description)
                    try LimitStore.insert(limit, tx)
                    return limit
                }
                for limit in made { record.created(.limit, limit.id, about: limit.holder) }
                // All of them together decide: a domain's may come with its projects'.
                if isStrict { for limit in made { try LimitTree.check(limit, tx) } }
                return made
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(.conflict, "Conflict occurred attempting to store limit - Duplicate entry.")
        }
    }

    /// A project that is a domain is meant as one.
    /// - Throws: 400 for a project or domain that does not exist.
    private static func resolve(_ filter: inout Filter, _ tx: Transaction) throws {
        guard (filter.project == nil) != (filter.domain == nil) else {
            throw ServiceError(.badRequest, "A limit is for a project or for a domain.")
        }
        if let id = filter.project {
            guard let project = try ProjectStore.find(id, tx) else {
                throw ServiceError(.badRequest, "Could not find project: \(id).")
            }
            guard project.isDomain else { return }
            filter.project = nil
            filter.domain = project.asDomainID
        } else if let id = filter.domain, try ProjectStore.findDomain(id, tx) == nil {
            throw ServiceError(.badRequest, "Could not find domain: \(id).")
        }
    }

    package func update(_ id: LimitID, _ context: RequestContext, _ change: @escaping @Sendable (inout Limit) -> Void)
        async throws -> Limit
    {
        let isStrict = env.settings.limits.model == .strictTwoLevel
        return try await env.change("update limit", context) { tx, record in
            guard var limit = try LimitStore.limit(id, tx, .toChange) else { throw NotFound.error("limit for", id) }
            change(&limit)
            try LimitStore.update(limit, tx)
            record.updated(.limit, id, about: limit.holder)
            if isStrict { try LimitTree.check(limit, tx) }
            return limit
        }
    }

    package func delete(_ id: LimitID, _ context: RequestContext) async throws {
        try await env.change("delete limit", context) { tx, record in
            guard try LimitStore.limit(id, tx) != nil else { throw NotFound.error("limit for", id) }
            try LimitStore.delete(id, tx)
            record.deleted(.limit, id)
        }
    }
}

extension Limit {
    /// The project or domain that it is for.
    fileprivate var holder: String? { projectID?.rawValue ?? domainID?.rawValue }
}
