import Core
import HTTPTypes
import WebAPI

/// `/v3/OS-FEDERATION/mappings`.
struct MappingsController {
    let mappings: MappingService

    var operations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/OS-FEDERATION/mappings"
        return [
            Operation(.get, path, policy: Rules.listMappings) { request in
                View(request).collection("mappings", try await mappings.list()) { write($1, request, &$0) }
            },
            Operation(.get, path + "/{mapping_id}", policy: Rules.getMapping) { request in
                let mapping = try await mappings.find(try request.id("mapping_id", MappingKind.self))
                return View(request).member("mapping") { write(mapping, request, &$0) }
            },
            Operation(
                .put, path + "/{mapping_id}", policy: Rules.createMapping, body: IdentitySchemas.mapping,
                success: .created
            ) { request in
                let mapping = try self.mapping(request)
                try await mappings.create(mapping, request.context)
                return View(request).member("mapping") { write(mapping, request, &$0) }
            },
            Operation(
                .patch, path + "/{mapping_id}", policy: Rules.updateMapping, body: IdentitySchemas.mapping
            ) { request in
                let mapping = try self.mapping(request)
                try await mappings.update(mapping, request.context)
                return View(request).member("mapping") { write(mapping, request, &$0) }
            },
            Operation(.delete, path + "/{mapping_id}", policy: Rules.deleteMapping, success: .noContent) { request in
                try await mappings.delete(try request.id("mapping_id", MappingKind.self), request.context)
                return .empty()
            },
        ]
    }

    private func mapping(_ request: APIRequest) throws -> Mapping {
        let body = try request.member("mapping")
        return Mapping(
            id: try request.shortID("mapping_id"), rules: body["rules"] ?? .array([]),
            schemaVersion: body["schema_version"]?.string ?? mappings.env.federation.defaultSchemaVersion)
    }

    private func write(_ mapping: Mapping, _ request: APIRequest, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", mapping.id)
            $0.field("rules", mapping.rules)
            $0.field("schema_version", mapping.schemaVersion)
            View(request).selfLink(&$0, "/OS-FEDERATION/mappings/\(PercentCoding.encode(mapping.id.rawValue))")
        }
    }
}
