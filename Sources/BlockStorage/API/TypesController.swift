import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    var typeOperations: [WebAPI.Operation] { typeCRUD + typeExtraSpecs + typeAccess }

    private func type(_ request: APIRequest, _ rule: PolicyRule) async throws -> VolumeType {
        try request.authorize(rule)
        let id = try request.parameter("id")
        if id == "default" {
            return try await storage.types.find(nameOrID: options.defaultVolumeType, .everything)
        }
        return try await storage.types.find(ID(id), request.scope)
    }

    private var typeCRUD: [WebAPI.Operation] {
        [
            WebAPI.Operation(.get, "/types", policy: VolumePolicy.typeGetAll) { try await listTypes($0) },
            WebAPI.Operation(
                .post, "/types", policy: VolumePolicy.typeCreate,
                body: Schemas.wrapped(
                    "volume_type",
                    [
                        "name": ["type": "string", "minLength": 1, "maxLength": 255], "description": Schemas.text,
                        "extra_specs": Schemas.metadata, "os-volume-type-access:is_public": Schemas.boolean,
                    ], required: ["name"])
            ) { try await createType($0) },
            WebAPI.Operation(.get, "/types/{id}") { request in
                typeAnswer(request, try await type(request, VolumePolicy.typeGet))
            },
            WebAPI.Operation(
                .put, "/types/{id}",
                body: Schemas.wrapped(
                    "volume_type", ["name": Schemas.name, "description": Schemas.text, "is_public": Schemas.boolean])
            ) { try await updateType($0) },
            WebAPI.Operation(.delete, "/types/{id}", success: .accepted) { request in
                let found = try await type(request, VolumePolicy.typeDelete)
                guard found.name != options.defaultVolumeType else {
                    throw ServiceError(.badRequest, "The volume type \(found.id) is the default and cannot be deleted.")
                }
                try await storage.types.delete(found.id)
                return .empty()
            },
            WebAPI.Operation(.get, "/types/{id}/encryption") { request in
                _ = try await type(request, VolumePolicy.typeEncryption)
                return .json([:])
            },
        ]
    }

    private func listTypes(_ request: APIRequest) async throws -> APIResponse {
        let page = try request.page(["id", "name", "created_at", "is_public"])
        var isPublic: Bool? = true
        if request.isAdmin {
            let text = request.query.last("is_public")
            isPublic = text == nil ? true : text?.lowercased() == "none" ? nil : Text.bool(text)
        } else {
            isPublic = nil  // what the project sees, private ones included
        }
        let list = try await storage.types.list(
            request.scope, isPublic: isPublic, limit: page.limit, marker: page.marker)
        return .json { json in
            json.object {
                $0.field("volume_types") { $0.array(list.items) { write(&$0, request, $1) } }
                PagingLinks.nova(
                    &$0, collection: "volume_type", request: request,
                    nextMarker: list.nextMarker(page.limit) { $0.id.rawValue }, limit: page.limit)
            }
        }
    }

    private func createType(_ request: APIRequest) async throws -> APIResponse {
        let body = request.body["volume_type"] ?? .null
        let id: VolumeTypeID = storage.ids.id()
        let name = body["name"]?.string?.trimmed ?? ""
        guard !name.isEmpty else { throw ServiceError(.badRequest, "Volume type name can not be empty.") }
        try await storage.types.create(
            id, name: name, description: body["description"]?.string,
            isPublic: Text.bool(body["os-volume-type-access:is_public"]) ?? true,
            extraSpecs: Text.map(body["extra_specs"]), now: volumes.now)
        return typeAnswer(request, try await storage.types.find(id, .everything), .created)
    }

    private func updateType(_ request: APIRequest) async throws -> APIResponse {
        let found = try await type(request, VolumePolicy.typeUpdate)
        let body = request.body["volume_type"] ?? .null
        let (name, text, isPublic) = (body["name"]?.string, body["description"]?.string, Text.bool(body["is_public"]))
        if let name, name.trimmed.isEmpty { throw ServiceError(.badRequest, "Volume type name can not be empty.") }
        guard name != nil || text != nil || isPublic != nil else {
            throw ServiceError(
                .badRequest, "Specify volume type name, description, is_public or a combination thereof.")
        }
        try await storage.types.update(found.id, name: name, description: text, isPublic: isPublic, now: volumes.now)
        return typeAnswer(request, try await storage.types.find(found.id, .everything), .updated)
    }

    /// What a type is shown for: each leaves out something else, as in Cinder.
    private enum TypeView { case shown, created, updated }

    private func typeAnswer(_ request: APIRequest, _ type: VolumeType, _ view: TypeView = .shown) -> APIResponse {
        .json { $0.object { $0.field("volume_type") { write(&$0, request, type, view) } } }
    }

    private func write(
        _ json: inout JSONWriter, _ request: APIRequest, _ type: VolumeType, _ view: TypeView = .shown
    ) {
        json.object {
            $0.field("id", type.id)
            $0.field("name", type.name)
            $0.field("is_public", type.isPublic)
            $0.field("description", type.description)
            $0.field("extra_specs", visibleSpecs(request, type))
            if view == .shown, request.isAllowed(VolumePolicy.typeQoS) { $0.field("qos_specs_id", String?.none) }
            if view != .updated { $0.field("os-volume-type-access:is_public", type.isPublic) }
        }
    }

    /// What is not for everybody's eyes tells of the backend.
    private func visibleSpecs(_ request: APIRequest, _ type: VolumeType) -> [String: String] {
        if request.isAllowed(VolumePolicy.extraSpecsSensitive) { return type.extraSpecs }
        let visible: Set<String> = ["RESKEY:availability_zones", "multiattach", "replication_enabled"]
        return type.extraSpecs.filter { visible.contains($0.key) }
    }

    // MARK: Extra specs

    private var typeExtraSpecs: [WebAPI.Operation] {
        [
            WebAPI.Operation(.get, "/types/{id}/extra_specs") { request in
                let found = try await type(request, VolumePolicy.extraSpecsRead)
                let specs = visibleSpecs(request, found)
                return .json { $0.object { $0.field("extra_specs", specs) } }
            },
            WebAPI.Operation(
                .post, "/types/{id}/extra_specs",
                body: JSONSchema([
                    "type": "object", "properties": ["extra_specs": Schemas.specs], "required": ["extra_specs"],
                    "additionalProperties": false,
                ])
            ) { request in
                let found = try await type(request, VolumePolicy.extraSpecsWrite)
                let changes = Text.map(request.body["extra_specs"])
                _ = try await storage.types.changeExtraSpecs(found.id, now: volumes.now) {
                    $0.merge(changes) { _, new in new }
                }
                return .json { $0.object { $0.field("extra_specs", changes) } }
            },
            WebAPI.Operation(.get, "/types/{id}/extra_specs/{key}") { request in
                let found = try await type(request, VolumePolicy.extraSpecsRead)
                let key = try request.parameter("key")
                guard let value = visibleSpecs(request, found)[key] else { throw Self.noSpec(found, key) }
                return .json { $0.object { $0.field(key, value) } }
            },
            WebAPI.Operation(.put, "/types/{id}/extra_specs/{key}", body: JSONSchema(Schemas.specs)) { request in
                let found = try await type(request, VolumePolicy.extraSpecsWrite)
                let key = try request.parameter("key")
                let changes = Text.map(request.body)
                guard let value = changes[key], changes.count == 1 else {
                    throw ServiceError(.badRequest, "Request body and URI mismatch.")
                }
                _ = try await storage.types.changeExtraSpecs(found.id, now: volumes.now) { $0[key] = value }
                return .json { $0.object { $0.field(key, value) } }
            },
            WebAPI.Operation(.delete, "/types/{id}/extra_specs/{key}", success: .accepted) { request in
                let found = try await type(request, VolumePolicy.extraSpecsDelete)
                let key = try request.parameter("key")
                _ = try await storage.types.changeExtraSpecs(found.id, now: volumes.now) { specs in
                    guard specs.removeValue(forKey: key) != nil else { throw Self.noSpec(found, key) }
                }
                return .empty()
            },
        ]
    }

    private static func noSpec(_ type: VolumeType, _ key: String) -> ServiceError {
        ServiceError(.notFound, "Volume Type \(type.id) has no extra specs with key \(key).")
    }

    // MARK: Access

    private var typeAccess: [WebAPI.Operation] {
        let project: [String: JSONValue] = ["project": ["type": "string", "minLength": 1, "maxLength": 255]]
        return [
            WebAPI.Operation(.get, "/types/{id}/os-volume-type-access") { request in
                let found = try await type(request, VolumePolicy.typeAccess)
                guard !found.isPublic else {
                    throw ServiceError(.notFound, "Access list not available for public volume types.")
                }
                let projects = try await storage.types.projects(found.id)
                return .json { json in
                    json.object {
                        $0.field("volume_type_access") {
                            $0.array(projects) { json, project in
                                json.object {
                                    $0.field("volume_type_id", found.id)
                                    $0.field("project_id", project)
                                }
                            }
                        }
                    }
                }
            },
            WebAPI.Operation(
                .post, "/types/{id}/action", action: "addProjectAccess",
                body: Schemas.wrapped("addProjectAccess", project, required: ["project"]), success: .accepted
            ) { request in
                let found = try await type(request, VolumePolicy.typeAccessAdd)
                guard !found.isPublic else {
                    throw ServiceError(.conflict, "Type access modification is not applicable to public volume type.")
                }
                try await storage.types.addProject(
                    found.id, request.actionBody("addProjectAccess")["project"]?.string ?? "")
                return .empty()
            },
            WebAPI.Operation(
                .post, "/types/{id}/action", action: "removeProjectAccess",
                body: Schemas.wrapped("removeProjectAccess", project, required: ["project"]), success: .accepted
            ) { request in
                let found = try await type(request, VolumePolicy.typeAccessRemove)
                try await storage.types.removeProject(
                    found.id, request.actionBody("removeProjectAccess")["project"]?.string ?? "")
                return .empty()
            },
        ]
    }
}
