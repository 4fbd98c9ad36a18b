import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// Extra specs of flavors, and who may use private ones.
struct FlavorExtrasController: Sendable {
    private let env: ComputeEnvironment
    private static let specs = "/flavors/{id}/os-extra_specs"

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(.get, Self.specs, policy: ComputePolicy.extraSpecsIndex) { [self] request in
                Self.answer(try await env.flavor(request).extraSpecs)
            },
            Operation(
                .post, Self.specs, policy: ComputePolicy.extraSpecsCreate, body: FlavorSchemas.extraSpecs
            ) { [self] request in
                let specs = Self.texts(request.body["extra_specs"])
                try await change(request) { $0.merge(specs) { _, new in new } }
                return Self.answer(specs)
            },
            Operation(.get, Self.specs + "/{key}", policy: ComputePolicy.extraSpecsShow) { [self] request in
                let key = try request.parameter("key")
                let flavor = try await env.flavor(request)
                guard let value = flavor.extraSpecs[key] else { throw Self.missing(flavor.id, key) }
                return .json { json in json.object { $0.field(key, value) } }
            },
            Operation(.put, Self.specs + "/{key}", policy: ComputePolicy.extraSpecsUpdate) { [self] request in
                let key = try request.parameter("key")
                guard request.body.object?.count == 1, let value = Self.texts(request.body)[key] else {
                    throw ServiceError(.badRequest, "Request body and URI mismatch")
                }
                try await change(request) { $0[key] = value }
                return .json { json in json.object { $0.field(key, value) } }
            },
            Operation(.delete, Self.specs + "/{key}", policy: ComputePolicy.extraSpecsDelete) { [self] request in
                let key = try request.parameter("key")
                let id = FlavorID(try request.parameter("id"))
                try await change(request) { specs in
                    guard specs.removeValue(forKey: key) != nil else { throw Self.missing(id, key) }
                }
                return .empty()
            },
            Operation(.get, "/flavors/{id}/os-flavor-access", policy: ComputePolicy.flavorAccess) {
                [self] request in
                let flavor = try await env.flavor(request)
                guard !flavor.isPublic else {
                    throw ServiceError(.notFound, "Access list not available for public flavors.")
                }
                return try await access(flavor.id)
            },
            Operation(
                .post, "/flavors/{id}/action", action: "addTenantAccess", policy: ComputePolicy.flavorAccessAdd
            ) { [self] request in
                let flavor = try await env.flavor(request)
                guard !flavor.isPublic else {
                    throw ServiceError(.conflict, "Can not add access to a public flavor.")
                }
                let project = try Self.project(request, "addTenantAccess")
                do {
                    try await FlavorStore.grant(flavor.id, to: project, in: env.database)
                } catch let error as ServiceError where error.code == .conflict {
                    throw ServiceError(
                        .conflict,
                        "Flavor access already exists for flavor \(flavor.id) and project \(project) combination.",
                        cause: error)
                }
                return try await access(flavor.id)
            },
            Operation(
                .post, "/flavors/{id}/action", action: "removeTenantAccess",
                policy: ComputePolicy.flavorAccessRemove
            ) { [self] request in
                let flavor = try await env.flavor(request)
                let project = try Self.project(request, "removeTenantAccess")
                guard try await FlavorStore.revoke(flavor.id, from: project, in: env.database) else {
                    throw ServiceError(
                        .notFound, "Flavor access not found for \(flavor.id) / \(project) combination.")
                }
                return try await access(flavor.id)
            },
        ]
    }

    private static func texts(_ value: JSONValue?) -> [String: String] {
        (value?.object ?? [:]).compactMapValues { value in
            value.string ?? (value.double != nil ? value.jsonText : nil)
        }
    }

    private static func missing(_ id: FlavorID, _ key: String) -> ServiceError {
        ServiceError(.notFound, "Flavor \(id) has no extra specs with key \(key).")
    }

    private static func answer(_ specs: [String: String]) -> APIResponse {
        .json { json in json.object { $0.field("extra_specs", specs) } }
    }

    private static func project(_ request: APIRequest, _ action: String) throws -> ProjectID {
        guard let tenant = request.actionBody(action)["tenant"]?.string, !tenant.isEmpty else {
            throw ServiceError(.badRequest, "Missing tenant parameter")
        }
        return ProjectID(tenant)
    }

    private func change(
        _ request: APIRequest, _ body: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws {
        let id = FlavorID(try request.parameter("id"))
        guard
            try await FlavorStore.changeExtraSpecs(of: id, at: env.clock.now(), in: env.database, body) != nil
        else { throw ServiceError(.notFound, "Flavor \(id) could not be found.") }
    }

    private func access(_ id: FlavorID) async throws -> APIResponse {
        let projects = try await FlavorStore.access(to: id, in: env.database)
        return .json { json in
            json.object {
                $0.field("flavor_access") {
                    $0.array(projects) { json, project in
                        json.object {
                            $0.field("flavor_id", id)
                            $0.field("tenant_id", project)
                        }
                    }
                }
            }
        }
    }
}
