import Core
import HTTPTypes
import WebAPI

/// `/v3/regions`, `/v3/services` and `/v3/endpoints`.
struct CatalogController {
    let catalog: CatalogAdministration

    var operations: [Operation] { regionOperations + serviceOperations + endpointOperations }

    // MARK: Regions

    private var regionOperations: [Operation] {
        typealias Rules = IdentityPolicies
        typealias Schemas = IdentitySchemas
        return [
            Operation(.get, "/regions", policy: Rules.listRegions) { request in
                let parent = request.query.first("parent_region_id").map { RegionID($0) }
                let regions = try await catalog.read("list regions") { try CatalogStore.regions(parent: parent, $0) }
                let view = View(request)
                return view.collection("regions", regions) { view.write($1, &$0) }
            },
            Operation(.post, "/regions", policy: Rules.createRegion, body: Schemas.region.create, success: .created) {
                try await createRegion($0, nil)
            },
            Operation(.get, "/regions/{region_id}", policy: Rules.getRegion) { request in
                let id: RegionID = try request.id("region_id")
                guard let region = try await catalog.read("find region", { try CatalogStore.region(id, $0) }) else {
                    throw NotFound.region(id)
                }
                let view = View(request)
                return view.member("region") { view.write(region, &$0) }
            },
            Operation(
                .put, "/regions/{region_id}", policy: Rules.createRegion, body: Schemas.region.create,
                success: .created
            ) { try await createRegion($0, try $0.parameter("region_id")) },
            Operation(
                .patch, "/regions/{region_id}", policy: Rules.updateRegion, body: Schemas.region.update,
                handler: updateRegion),
            Operation(.delete, "/regions/{region_id}", policy: Rules.deleteRegion, success: .noContent) { request in
                try await catalog.delete(try request.id("region_id", RegionKind.self), request.context)
                return .empty()
            },
        ]
    }

    private func createRegion(_ request: APIRequest, _ pathID: String?) async throws -> APIResponse {
        let body = try request.member("region")
        let given = body["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        if let pathID, let given, given != pathID {
            throw ServiceError(.badRequest, "Conflicting region IDs specified: \"\(pathID)\" != \"\(given)\"")
        }
        let region = try await catalog.create(
            Region(
                id: RegionID(pathID ?? given ?? catalog.env.ids.hex()),
                description: body["description"]?.string ?? "",
                parentID: body["parent_region_id"]?.string.map { RegionID($0) },
                extra: body.extra(without: View.regionKeys)), request.context)
        let view = View(request)
        return view.member("region") { view.write(region, &$0) }
    }

    @Sendable private func updateRegion(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("region")
        let id: RegionID = try request.id("region_id")
        if let given = body["id"]?.string, given != id.rawValue {
            throw ServiceError(.badRequest, "Cannot change region ID")
        }
        let region = try await catalog.update(id, request.context) { region in
            if let description = body["description"] { region.description = description.string ?? "" }
            if let parent = body["parent_region_id"] { region.parentID = parent.string.map { RegionID($0) } }
            region.extra.merge(body.extra(without: View.regionKeys)) { _, new in new }
        }
        let view = View(request)
        return view.member("region") { view.write(region, &$0) }
    }

    // MARK: Services

    private var serviceOperations: [Operation] {
        typealias Rules = IdentityPolicies
        typealias Schemas = IdentitySchemas
        return [
            Operation(.get, "/services", policy: Rules.listServices) { request in
                let type = request.query.first("type")
                let name = request.query.first("name")
                let services = try await catalog.read("list services") {
                    try CatalogStore.services(type: type, name: name, $0)
                }
                let view = View(request)
                return view.collection("services", services) { view.write($1, &$0) }
            },
            Operation(
                .post, "/services", policy: Rules.createService, body: Schemas.service.create, success: .created,
                handler: createService),
            Operation(.get, "/services/{service_id}", policy: Rules.getService) { request in
                let id: ServiceID = try request.id("service_id")
                guard let service = try await catalog.read("find service", { try CatalogStore.service(id, $0) }) else {
                    throw NotFound.service(id)
                }
                let view = View(request)
                return view.member("service") { view.write(service, &$0) }
            },
            Operation(
                .patch, "/services/{service_id}", policy: Rules.updateService, body: Schemas.service.update,
                handler: updateService),
            Operation(.delete, "/services/{service_id}", policy: Rules.deleteService, success: .noContent) { request in
                try await catalog.delete(try request.id("service_id", ServiceKind.self), request.context)
                return .empty()
            },
        ]
    }

    @Sendable private func createService(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("service")
        let service = CatalogService(
            id: catalog.env.newID(), type: body["type"]?.string ?? "", isEnabled: body["enabled"]?.flag ?? true,
            extra: body.extra(without: View.serviceKeys))
        try await catalog.run("create service", request.context) { tx, record in
            try CatalogStore.insert(service, tx)
            record.created(.service, service.id)
        }
        let view = View(request)
        return view.member("service") { view.write(service, &$0) }
    }

    @Sendable private func updateService(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("service")
        let service = try await catalog.update(try request.id("service_id", ServiceKind.self), request.context) {
            service in
            if let type = body["type"]?.string { service.type = type }
            if let isEnabled = body["enabled"]?.flag { service.isEnabled = isEnabled }
            service.extra.merge(body.extra(without: View.serviceKeys)) { _, new in new }
        }
        let view = View(request)
        return view.member("service") { view.write(service, &$0) }
    }

    // MARK: Endpoints

    private var endpointOperations: [Operation] {
        typealias Rules = IdentityPolicies
        typealias Schemas = IdentitySchemas
        return [
            Operation(.get, "/endpoints", policy: Rules.listEndpoints) { request in
                var filter = EndpointFilter()
                filter.serviceID = request.query.first("service_id").map { ServiceID($0) }
                filter.interface = request.query.first("interface")
                filter.regionID = (request.query.first("region_id") ?? request.query.first("region")).map {
                    RegionID($0)
                }
                let wanted = filter
                let endpoints = try await catalog.read("list endpoints") { try CatalogStore.endpoints(wanted, $0) }
                let view = View(request)
                return view.collection("endpoints", endpoints) { view.write($1, &$0) }
            },
            Operation(
                .post, "/endpoints", policy: Rules.createEndpoint, body: Schemas.endpoint.create, success: .created,
                handler: createEndpoint),
            Operation(.get, "/endpoints/{endpoint_id}", policy: Rules.getEndpoint) { request in
                let id: EndpointID = try request.id("endpoint_id")
                guard let endpoint = try await catalog.read("find endpoint", { try CatalogStore.endpoint(id, $0) })
                else { throw NotFound.endpoint(id) }
                let view = View(request)
                return view.member("endpoint") { view.write(endpoint, &$0) }
            },
            Operation(
                .patch, "/endpoints/{endpoint_id}", policy: Rules.updateEndpoint, body: Schemas.endpoint.update,
                handler: updateEndpoint),
            Operation(.delete, "/endpoints/{endpoint_id}", policy: Rules.deleteEndpoint, success: .noContent) {
                request in
                try await catalog.delete(try request.id("endpoint_id", EndpointKind.self), request.context)
                return .empty()
            },
        ]
    }

    @Sendable private func createEndpoint(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("endpoint")
        let region = body["region_id"]?.string ?? body["region"]?.string
        let endpoint = try await catalog.create(
            Endpoint(
                id: catalog.env.newID(), serviceID: ServiceID(body["service_id"]?.string ?? ""),
                interface: body["interface"]?.string ?? "", regionID: region.map { RegionID($0) },
                url: body["url"]?.string ?? "", isEnabled: body["enabled"]?.flag ?? true,
                extra: body.extra(without: View.endpointKeys)), makesRegion: body["region_id"]?.string == nil,
            request.context)
        let view = View(request)
        return view.member("endpoint") { view.write(endpoint, &$0) }
    }

    @Sendable private func updateEndpoint(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("endpoint")
        let endpoint = try await catalog.update(
            try request.id("endpoint_id", EndpointKind.self), makesRegion: body["region_id"]?.string == nil,
            request.context
        ) { endpoint in
            if let service = body["service_id"]?.string { endpoint.serviceID = ServiceID(service) }
            if let interface = body["interface"]?.string { endpoint.interface = interface }
            if let region = body["region_id"] ?? body["region"] {
                endpoint.regionID = region.string.map { RegionID($0) }
            }
            if let url = body["url"]?.string { endpoint.url = url }
            if let isEnabled = body["enabled"]?.flag { endpoint.isEnabled = isEnabled }
            endpoint.extra.merge(body.extra(without: View.endpointKeys)) { _, new in new }
        }
        let view = View(request)
        return view.member("endpoint") { view.write(endpoint, &$0) }
    }
}
