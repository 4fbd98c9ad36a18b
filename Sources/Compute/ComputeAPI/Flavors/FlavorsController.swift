import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/flavors`.
struct FlavorsController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(.get, "/flavors", policy: ComputePolicy.flavors) { [self] in try await list($0, false) },
            Operation(.get, "/flavors/detail", policy: ComputePolicy.flavors) { [self] in try await list($0, true) },
            Operation(.get, "/flavors/{id}", policy: ComputePolicy.flavors) { [self] request in
                Self.answer(try await env.flavor(request), request)
            },
            Operation(.post, "/flavors", policy: ComputePolicy.flavorCreate, bodies: FlavorSchemas.create) {
                [self] in try await create($0)
            },
            Operation(
                .put, "/flavors/{id}", .since("2.55"), policy: ComputePolicy.flavorUpdate, body: FlavorSchemas.update
            ) { [self] request in
                var flavor = try await env.flavor(request)
                let description = request.body["flavor"]?["description"]?.string
                _ = try await FlavorStore.setDescription(
                    description, of: flavor.id, at: env.clock.now(), in: env.database)
                flavor.description = description
                return Self.answer(flavor, request)
            },
            Operation(.delete, "/flavors/{id}", policy: ComputePolicy.flavorDelete, success: .accepted) {
                [self] request in
                let id = FlavorID(try request.parameter("id"))
                guard try await FlavorStore.delete(id, in: env.database) else {
                    throw ServiceError(.notFound, "Flavor \(id) could not be found.")
                }
                return .empty()
            },
        ]
    }

    private static func answer(_ flavor: Flavor, _ request: APIRequest) -> APIResponse {
        .json { json in
            json.object { $0.field("flavor") { FlavorView(flavor: flavor, request: request).write(&$0) } }
        }
    }

    private func list(_ request: APIRequest, _ isDetailed: Bool) async throws -> APIResponse {
        let keys =
            FlavorFilter.SortColumn.allCases.map(\.rawValue) + ["disabled", "is_public", "vcpu_weight", "rxtx_factor"]
        let paging = try Paging(
            request.query, sortKeys: Set(keys), defaultSort: [.init("flavorid", .asc)],
            maxLimit: env.options.maxLimit)
        let limit = paging.limit ?? env.options.maxLimit
        var filter = FlavorFilter(visibility(request))
        filter.minMemoryMiB = try number(request, "minRam")
        filter.minDiskGiB = try number(request, "minDisk")
        if let sort = paging.sort.first {
            filter.sort = .init(rawValue: sort.name) ?? .flavorid
            filter.isAscending = sort.direction == .asc
        }
        let flavors =
            limit == 0
            ? []
            : try await FlavorListStore.list(
                filter, after: paging.marker.map { FlavorID($0) }, limit: limit, in: env.database)
        let next = flavors.count == limit ? flavors.last?.id.rawValue : nil
        return .json { json in
            json.object { json in
                json.field("flavors") {
                    $0.array(flavors) { json, flavor in
                        let view = FlavorView(flavor: flavor, request: request)
                        if isDetailed { view.write(&json) } else { view.writeBrief(&json) }
                    }
                }
                PagingLinks.nova(&json, collection: "flavors", request: request, nextMarker: next, limit: limit)
            }
        }
    }

    private func number(_ request: APIRequest, _ name: String) throws -> Int? {
        guard let text = request.query.last(name) else { return nil }
        guard let value = Int(text) else {
            throw ServiceError(.badRequest, "Invalid \(name) filter [\(text)]")
        }
        return value
    }

    /// `is_public` is an administrators' filter; everyone else sees what they can use.
    private func visibility(_ request: APIRequest) -> FlavorFilter.Visibility {
        guard request.isAdmin else { return request.context.projectID.map { .usable($0) } ?? .isPublic }
        switch request.query.last("is_public")?.lowercased() {
        case "none": return .everything
        case "0", "f", "false", "no", "off": return .isPrivate
        default: return .isPublic
        }
    }

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = request.body["flavor"] ?? .null
        func number(_ name: String) -> Int? { ServerPlanner.integer(body[name]) }
        var id = body["id"]?.string ?? body["id"]?.int.map(String.init) ?? ""
        if id.isEmpty || id == "auto" { id = env.ids.uuid() }
        let isPublic = body["os-flavor-access:is_public"].map { ServerPlanner.bool($0) } ?? true
        let factor = body["rxtx_factor"]?.double ?? body["rxtx_factor"]?.string.flatMap { Double($0) } ?? 1
        guard factor > 0, factor <= 3.4e38 else {
            throw ServiceError(.badRequest, "Invalid input for field/attribute rxtx_factor.")
        }
        let flavor = Flavor(
            id: FlavorID(id), name: ServerNames.trimmed(body["name"]?.string ?? ""), vcpus: number("vcpus") ?? 1,
            memoryMiB: number("ram") ?? 1, rootGiB: number("disk") ?? 0,
            ephemeralGiB: number("OS-FLV-EXT-DATA:ephemeral") ?? 0, swapMiB: number("swap") ?? 0,
            rxtxFactor: factor, isPublic: isPublic, description: body["description"]?.string,
            createdAt: env.clock.now())
        do {
            try await FlavorStore.insert(flavor, in: env.database)
        } catch let error as ServiceError where error.code == .conflict {
            let text =
                error.duplicateKey == "uq_flavors_name"
                ? "Flavor with name \(flavor.name) already exists." : "Flavor with ID \(flavor.id) already exists."
            throw ServiceError(.conflict, text, cause: error)
        }
        if !isPublic, let project = request.context.projectID {
            try await FlavorStore.grant(flavor.id, to: project, in: env.database)
        }
        return Self.answer(flavor, request)
    }
}

extension ComputeEnvironment {
    /// A flavor that the caller may know of.
    func flavor(_ request: APIRequest) async throws -> Flavor {
        let id = FlavorID(try request.parameter("id"))
        var missing: ServiceError { ServiceError(.notFound, "Flavor \(id) could not be found.") }
        guard let flavor = try await FlavorStore.find(id, in: database) else { throw missing }
        guard !flavor.isPublic, !request.isAdmin else { return flavor }
        guard let project = request.context.projectID,
            try await FlavorStore.hasAccess(project, to: id, in: database)
        else { throw missing }
        return flavor
    }
}
