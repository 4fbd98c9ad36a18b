import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    var volumeOperations: [WebAPI.Operation] {
        [
            WebAPI.Operation(
                .post, "/volumes", policy: VolumePolicy.create, bodies: Schemas.createVolume, success: .accepted
            ) { try await createVolume($0) },
            WebAPI.Operation(.get, "/volumes", policy: VolumePolicy.getAll) {
                try await listVolumes($0, isDetail: false)
            },
            WebAPI.Operation(.get, "/volumes/detail", policy: VolumePolicy.getAll) {
                try await listVolumes($0, isDetail: true)
            },
            WebAPI.Operation(.get, "/volumes/summary", .since("3.12"), policy: VolumePolicy.getAll) {
                try await summarizeVolumes($0)
            },
            WebAPI.Operation(.get, "/volumes/{id}") { try await showVolume($0) },
            WebAPI.Operation(.put, "/volumes/{id}", body: Schemas.updateVolume) { try await updateVolume($0) },
            WebAPI.Operation(.delete, "/volumes/{id}", success: .accepted) { try await deleteVolume($0) },
            WebAPI.Operation(.get, "/volumes/{id}/encryption") { request in
                _ = try await volume(request, VolumePolicy.encryption)
                return .json(["encryption_key_id": nil])
            },
            WebAPI.Operation(.get, "/volumes/{id}/encryption/{key}") { request in
                _ = try await volume(request, VolumePolicy.encryption)
                guard try request.parameter("key") == "encryption_key_id" else {
                    throw ServiceError(.notFound, "The resource could not be found.")
                }
                return .bytes([], contentType: "text/plain")
            },
        ]
    }

    /// The volume of the path, if the caller may see it, and do what `rule` is about.
    func volume(_ request: APIRequest, _ rule: PolicyRule) async throws -> Volume {
        let volume = try await storage.volumes.find(try request.id(), request.scope)
        try request.authorize(
            rule, target: ["project_id": volume.projectID.rawValue, "user_id": volume.userID?.rawValue])
        return volume
    }

    // MARK: Handlers

    private func createVolume(_ request: APIRequest) async throws -> APIResponse {
        let body = request.body["volume"] ?? .null
        if Text.bool(body["multiattach"]) == true {
            throw ServiceError(
                .badRequest,
                """
                multiattach parameter has been removed. The default behavior is to use multiattach enabled volume types. \
                Contact your administrator to create a multiattach enabled volume type and use it to create multiattach \
                volumes.
                """)
        }
        for (name, what) in [("backup_id", "backups"), ("group_id", "groups"), ("consistencygroup_id", "groups")] {
            if body[name]?.string != nil {
                throw ServiceError(.badRequest, "Volumes from \(what) are not supported.")
            }
        }
        var wanted = VolumeRequest()
        wanted.name = (body["name"] ?? body["display_name"])?.string?.trimmed
        wanted.description = (body["description"] ?? body["display_description"])?.string?.trimmed
        wanted.sizeGiB = body["size"]?.int ?? body["size"]?.string.flatMap { Int($0) }
        wanted.type = body["volume_type"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        wanted.availabilityZone = body["availability_zone"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        wanted.snapshot = body["snapshot_id"]?.string.map { ID($0) }
        wanted.source = body["source_volid"]?.string.map { ID($0) }
        wanted.imageReference = (body["imageRef"] ?? body["image_id"])?.string.flatMap { $0.isEmpty ? nil : $0 }
        wanted.metadata = Text.map(body["metadata"])
        if wanted.imageReference != nil { try request.authorize(VolumePolicy.createFromImage) }
        let volume = try await volumes.create(
            wanted, project: try owner(body, request), scope: request.scope, context: request.context)
        let view = VolumeView(request)
        return .json { $0.object { $0.field("volume") { view.detail(&$0, volume, [], isCreated: true) } } }
    }

    /// Whose the new volume is. Compute makes servers' volumes with its own token, and names their owner.
    private func owner(_ body: JSONValue, _ request: APIRequest) throws -> ProjectID {
        guard let named = body["project_id"]?.string, request.context.hasRole("service") else {
            return try request.project
        }
        return ProjectID(named)
    }

    private func listVolumes(_ request: APIRequest, isDetail: Bool) async throws -> APIResponse {
        let page = try request.page(Set(VolumeStore.sortable.keys))
        let filter = try volumeFilter(request)
        let list = try await storage.volumes.list(filter, page)
        let attachments = isDetail ? try await storage.attachments.ofVolumes(list.items.map(\.id)) : [:]
        let withCount = request.version >= "3.45" && Text.bool(request.query.last("with_count")) == true
        let count = withCount ? try await storage.volumes.count(filter).count : nil
        let view = VolumeView(request)
        return .json { json in
            json.object {
                $0.field("volumes") {
                    $0.array(list.items) { json, volume in
                        if isDetail {
                            view.detail(&json, volume, attachments[volume.id] ?? [])
                        } else {
                            view.summary(&json, volume)
                        }
                    }
                }
                PagingLinks.nova(
                    &$0, collection: "volumes", request: request,
                    nextMarker: list.nextMarker(page.limit) { $0.id.rawValue }, limit: page.limit)
                if let count { $0.field("count", count) }
            }
        }
    }

    private func volumeFilter(_ request: APIRequest) throws -> VolumeFilter {
        let query = request.query
        var filter = VolumeFilter(scope: try request.listScope)
        filter.name = query.last("name") ?? query.last("display_name")
        if request.version >= "3.34" { filter.nameLike = query.last("name~") }
        filter.status = query.last("status")
        filter.availabilityZone = query.last("availability_zone")
        filter.metadata = Text.dictionary(query.last("metadata")) ?? [:]
        filter.id = query.last("id")
        filter.userID = query.last("user_id")
        if request.isAdmin { filter.host = query.last("host") }
        if let text = query.last("bootable") {
            guard let value = Text.bool(text) else {
                if request.version >= "3.2" {
                    throw ServiceError(.badRequest, "Invalid value for filter bootable: \(text)")
                }
                filter.isBootable = true
                return filter
            }
            filter.isBootable = value
        }
        return filter
    }

    private func summarizeVolumes(_ request: APIRequest) async throws -> APIResponse {
        let total = try await storage.volumes.count(VolumeFilter(scope: try request.listScope))
        return .json { json in
            json.object {
                $0.field("volume-summary") {
                    $0.object {
                        $0.field("total_size", total.gigabytes)
                        $0.field("total_count", total.count)
                        if request.version >= "3.36" { $0.field("metadata", [:] as JSONValue) }
                    }
                }
            }
        }
    }

    private func showVolume(_ request: APIRequest) async throws -> APIResponse {
        let volume = try await volume(request, VolumePolicy.get)
        let attachments = try await storage.attachments.ofVolumes([volume.id])[volume.id] ?? []
        let view = VolumeView(request)
        return .json { $0.object { $0.field("volume") { view.detail(&$0, volume, attachments) } } }
    }

    private func updateVolume(_ request: APIRequest) async throws -> APIResponse {
        var volume = try await volume(request, VolumePolicy.update)
        let body = request.body["volume"] ?? .null
        guard let members = body.object, !members.isEmpty else {
            throw ServiceError(.badRequest, "None is not of type 'object'")
        }
        if volume.status == .deleting {
            throw ServiceError(.badRequest, "Invalid volume: the volume is being deleted.")
        }
        let now = volumes.now
        if let name = members["name"] ?? members["display_name"] {
            volume = try await storage.volumes.setName(volume.id, name.string?.trimmed, now: now)
        }
        if let text = members["description"] ?? members["display_description"] {
            volume = try await storage.volumes.setDescription(volume.id, text.string?.trimmed, now: now)
        }
        if let metadata = members["metadata"] {
            let map = Text.map(metadata)
            volume.metadata = try await storage.volumes.changeMap(volume.id, .metadata, now: now) { $0 = map }
        }
        let attachments = try await storage.attachments.ofVolumes([volume.id])[volume.id] ?? []
        let view = VolumeView(request)
        let answer = volume
        return .json { $0.object { $0.field("volume") { view.detail(&$0, answer, attachments, isCreated: true) } } }
    }

    private func deleteVolume(_ request: APIRequest) async throws -> APIResponse {
        let volume = try await volume(request, VolumePolicy.delete)
        let cascade = Text.bool(request.query.last("cascade")) ?? false
        var force = false
        if request.version >= "3.23" { force = Text.bool(request.query.last("force")) ?? false }
        if force { try request.authorize(VolumePolicy.forceDelete, target: ["project_id": volume.projectID.rawValue]) }
        try await volumes.delete(volume, cascade: cascade, force: force, context: request.context)
        return .empty()
    }
}

extension String {
    /// Without white space at either end, as Cinder stores names and descriptions.
    var trimmed: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
