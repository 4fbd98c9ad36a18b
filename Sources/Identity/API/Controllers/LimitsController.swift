import Core
import HTTPTypes
import WebAPI

/// `/v3/registered_limits`, `/v3/limits` and `/v3/limits/model`.
struct LimitsController {
    let limits: LimitService

    var operations: [Operation] { registeredOperations + limitOperations }

    private static func filter(_ request: APIRequest) -> LimitService.Filter {
        var filter = LimitService.Filter()
        filter.service = request.query.first("service_id").map { ServiceID($0) }
        filter.region = request.query.first("region_id").map { RegionID($0) }
        filter.resource = request.query.first("resource_name")
        filter.project = request.query.first("project_id").map { ProjectID($0) }
        filter.domain = request.query.first("domain_id").map { DomainID($0) }
        return filter
    }

    // MARK: Registered limits

    private var registeredOperations: [Operation] {
        typealias Rules = IdentityPolicies
        typealias Schemas = IdentitySchemas
        return [
            Operation(.get, "/registered_limits", policy: Rules.listRegisteredLimits) { request in
                let found = try await limits.registered(Self.filter(request))
                return View(request).collection("registered_limits", found) { write($1, request, &$0) }
            },
            Operation(
                .post, "/registered_limits", policy: Rules.createRegisteredLimits, body: Schemas.registeredLimits,
                success: .created
            ) { request in
                let made = (request.body["registered_limits"]?.array ?? []).map { body in
                    RegisteredLimit(
                        id: limits.env.newID(), serviceID: ServiceID(body["service_id"]?.string ?? ""),
                        regionID: body["region_id"]?.string.map { RegionID($0) },
                        resourceName: body["resource_name"]?.string ?? "",
                        defaultLimit: body["default_limit"]?.int ?? 0, description: body["description"]?.string)
                }
                try await limits.create(made, request.context)
                return .json { json in
                    json.object { $0.array("registered_limits", made) { write($1, request, &$0) } }
                }
            },
            Operation(
                .get, "/registered_limits/{registered_limit_id}", policy: Rules.getRegisteredLimit
            ) { request in
                let limit = try await limits.registered(try request.id("registered_limit_id"))
                return View(request).member("registered_limit") { write(limit, request, &$0) }
            },
            Operation(
                .patch, "/registered_limits/{registered_limit_id}", policy: Rules.updateRegisteredLimit,
                body: Schemas.registeredLimit
            ) { request in
                let body = try request.member("registered_limit")
                let limit = try await limits.update(
                    try request.id("registered_limit_id", RegisteredLimitKind.self), request.context
                ) {
                    if let service = body["service_id"]?.string { $0.serviceID = ServiceID(service) }
                    if let region = body["region_id"] { $0.regionID = region.string.map { RegionID($0) } }
                    if let name = body["resource_name"]?.string { $0.resourceName = name }
                    if let value = body["default_limit"]?.int { $0.defaultLimit = value }
                    if let description = body["description"] { $0.description = description.string }
                }
                return View(request).member("registered_limit") { write(limit, request, &$0) }
            },
            Operation(
                .delete, "/registered_limits/{registered_limit_id}", policy: Rules.deleteRegisteredLimit,
                success: .noContent
            ) { request in
                try await limits.deleteRegistered(try request.id("registered_limit_id"), request.context)
                return .empty()
            },
        ]
    }

    private func write(_ limit: RegisteredLimit, _ request: APIRequest, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", limit.id)
            $0.field("service_id", limit.serviceID)
            $0.field("region_id", limit.regionID)
            $0.field("resource_name", limit.resourceName)
            $0.field("default_limit", limit.defaultLimit)
            $0.field("description", limit.description)
            View(request).selfLink(&$0, "/registered_limits/\(limit.id)")
        }
    }

    // MARK: Limits

    private var limitOperations: [Operation] {
        typealias Rules = IdentityPolicies
        typealias Schemas = IdentitySchemas
        return [
            Operation(.get, "/limits/model", policy: Rules.getLimitModel) { _ in
                let model = limits.env.settings.limits.model
                let description: JSONValue =
                    switch model {
                    case .flat:
                        "Limit enforcement and validation does not take project hierarchy into consideration."
                    case .strictTwoLevel: "This model requires project hierarchy never exceeds a depth of two"
                    }
                return .json(["model": ["name": .string(model.rawValue), "description": description]])
            },
            Operation(.get, "/limits", policy: Rules.listLimits, handler: list),
            Operation(
                .post, "/limits", policy: Rules.createLimits, body: Schemas.limits, success: .created, handler: create),
            Operation(.get, "/limits/{limit_id}", handler: show),
            Operation(.patch, "/limits/{limit_id}", policy: Rules.updateLimit, body: Schemas.limit) { request in
                let body = try request.member("limit")
                let limit = try await limits.update(try request.id("limit_id", LimitKind.self), request.context) {
                    if let value = body["resource_limit"]?.int { $0.resourceLimit = value }
                    if let description = body["description"] { $0.description = description.string }
                }
                return View(request).member("limit") { write(limit, request, &$0) }
            },
            Operation(.delete, "/limits/{limit_id}", policy: Rules.deleteLimit, success: .noContent) { request in
                try await limits.delete(try request.id("limit_id", LimitKind.self), request.context)
                return .empty()
            },
        ]
    }

    /// Who is neither administrator nor service sees the limits of the own project, or of the own domain and its
    /// projects.
    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        let found = try await visible(Self.filter(request), request.context, request)
        return View(request).collection("limits", found) { write($1, request, &$0) }
    }

    private func visible(
        _ filter: LimitService.Filter, _ caller: RequestContext, _ request: APIRequest
    ) async throws -> [Limit] {
        let seesAll =
            request.permits(IdentityPolicies.createLimits) || caller.systemScope != nil
            || caller.roles.contains("service")
        if seesAll { return try await limits.limits(filter) }
        var filter = filter
        if let project = caller.projectID {
            guard filter.project == nil || filter.project == project else { return [] }
            filter.project = project
        } else if let domain = caller.domainID {
            filter.holder = domain
        } else {
            return []
        }
        return try await limits.limits(filter)
    }

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        let made = try await limits.create(
            (request.body["limits"]?.array ?? []).map { body in
                var filter = LimitService.Filter()
                filter.service = body["service_id"]?.string.map { ServiceID($0) }
                filter.region = body["region_id"]?.string.map { RegionID($0) }
                filter.resource = body["resource_name"]?.string
                filter.project = body["project_id"]?.string.map { ProjectID($0) }
                filter.domain = body["domain_id"]?.string.map { DomainID($0) }
                return LimitService.Request(
                    filter: filter, resourceLimit: body["resource_limit"]?.int ?? 0,
                    description: body["description"]?.string)
            }, request.context)
        return .json { json in json.object { $0.array("limits", made) { write($1, request, &$0) } } }
    }

    @Sendable private func show(_ request: APIRequest) async throws -> APIResponse {
        let id: LimitID = try request.id("limit_id")
        let limit = try await limits.limit(id)
        var target: [String: String?] = [:]
        if let project = limit?.projectID {
            target["target.limit.project_id"] = project.rawValue
            target["target.limit.project.domain_id"] = try await limits.domain(of: project)?.rawValue
        }
        if let domain = limit?.domainID { target["target.limit.domain.id"] = domain.rawValue }
        try request.enforce(IdentityPolicies.getLimit, target)
        guard let limit else { throw NotFound.error("limit for", id) }
        return View(request).member("limit") { write(limit, request, &$0) }
    }

    private func write(_ limit: Limit, _ request: APIRequest, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", limit.id)
            $0.field("service_id", limit.registered.serviceID)
            $0.field("region_id", limit.registered.regionID)
            $0.field("resource_name", limit.registered.resourceName)
            $0.field("resource_limit", limit.resourceLimit)
            $0.field("project_id", limit.projectID)
            $0.field("domain_id", limit.domainID)
            $0.field("description", limit.description)
            View(request).selfLink(&$0, "/limits/\(limit.id)")
        }
    }
}
