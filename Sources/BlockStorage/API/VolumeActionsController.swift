import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    private func action(
        _ name: String, _ rule: PolicyRule, _ versions: VersionRange = .all, schema: JSONSchema,
        success: HTTPResponse.Status = .accepted,
        _ body: @escaping @Sendable (APIRequest, Volume, JSONValue) async throws -> APIResponse
    ) -> WebAPI.Operation {
        WebAPI.Operation(.post, "/volumes/{id}/action", versions, action: name, body: schema, success: success) {
            request in
            let volume = try await volume(request, rule)
            return try await body(request, volume, request.actionBody(name))
        }
    }

    var volumeActions: [WebAPI.Operation] { stateActions + attachActions + imageActions }

    private var stateActions: [WebAPI.Operation] {
        [
            action(
                "os-extend", VolumePolicy.extend,
                schema: Schemas.wrapped("os-extend", ["new_size": Schemas.size], required: ["new_size"])
            ) { request, volume, body in
                let size = body["new_size"]?.int ?? body["new_size"]?.string.flatMap { Int($0) } ?? 0
                try await volumes.extend(
                    volume, to: size, allowsInUse: request.version >= "3.42", context: request.context)
                return .empty()
            },
            action(
                "os-reset_status", VolumePolicy.resetStatus,
                schema: Schemas.wrapped(
                    "os-reset_status",
                    [
                        "status": ["type": ["string", "null"]], "attach_status": ["type": ["string", "null"]],
                        "migration_status": ["type": ["string", "null"]],
                    ])
            ) { _, volume, body in try await resetStatus(volume, body) },
            action(
                "os-force_delete", VolumePolicy.forceDeleteAction, schema: Schemas.anything("os-force_delete")
            ) { request, volume, _ in
                try await volumes.delete(volume, cascade: false, force: true, context: request.context)
                return .empty()
            },
            action(
                "os-set_bootable", VolumePolicy.setBootable,
                schema: Schemas.wrapped("os-set_bootable", ["bootable": Schemas.boolean], required: ["bootable"]),
                success: .ok
            ) { _, volume, body in
                let value = Text.bool(body["bootable"]) ?? false
                _ = try await storage.volumes.setBootable(volume.id, value, now: volumes.now)
                return .empty()
            },
            action(
                "os-update_readonly_flag", VolumePolicy.readOnly,
                schema: Schemas.wrapped(
                    "os-update_readonly_flag", ["readonly": Schemas.boolean], required: ["readonly"])
            ) { _, volume, body in
                let value = Text.bool(body["readonly"]) ?? false
                guard VolumeTransitions.readOnly.contains(volume.status) else {
                    throw ServiceError(
                        .badRequest,
                        "Invalid volume: Volume \(volume.id) status must be available to update readonly flag, but current status is: \(volume.status.rawValue)."
                    )
                }
                _ = try await storage.volumes.setReadOnly(volume.id, value, now: volumes.now)
                return .empty()
            },
            action(
                "os-retype", VolumePolicy.retype,
                schema: Schemas.wrapped(
                    "os-retype",
                    [
                        "new_type": ["type": "string"],
                        "migration_policy": ["type": ["string", "null"], "enum": ["on-demand", "never", nil]],
                    ], required: ["new_type"])
            ) { request, volume, body in
                try await volumes.retype(volume, to: body["new_type"]?.string ?? "", scope: request.scope)
                return .empty()
            },
            unsupported("os-migrate_volume", VolumePolicy.resetStatus, "Migrating volumes is not supported."),
            unsupported("os-unmanage", VolumePolicy.resetStatus, "Unmanaging volumes is not supported."),
            unsupported("revert", VolumePolicy.revert, "Reverting to a snapshot is not supported.", .since("3.40")),
            unsupported("os-reimage", VolumePolicy.reimage, "Re-imaging volumes is not supported.", .since("3.68")),
            unsupported(
                "os-initialize_connection", VolumePolicy.connection,
                "Volumes are connected through the attachments API."),
            unsupported(
                "os-terminate_connection", VolumePolicy.connection,
                "Volumes are disconnected through the attachments API."),
        ]
    }

    private func unsupported(
        _ name: String, _ rule: PolicyRule, _ message: String, _ versions: VersionRange = .all
    ) -> WebAPI.Operation {
        action(name, rule, versions, schema: Schemas.anything(name)) { _, _, _ in
            throw ServiceError(.badRequest, message)
        }
    }

    private func resetStatus(_ volume: Volume, _ body: JSONValue) async throws -> APIResponse {
        guard let members = body.object, !members.isEmpty else {
            throw ServiceError(.badRequest, "Must specify 'status', 'attach_status' or 'migration_status' for update.")
        }
        if let text = members["status"]?.string {
            guard let status = VolumeStatus(rawValue: text) else {
                throw ServiceError(.badRequest, "Must specify a valid status. Invalid value: \(text)")
            }
            _ = try await storage.volumes.move(
                volume.id, from: VolumeStatus.allCases, to: status, now: volumes.now)
        }
        if let text = members["migration_status"]?.string {
            let value: String? = text == "none" ? nil : text
            _ = try await storage.volumes.setMigrationStatus(volume.id, value, now: volumes.now)
        }
        if let text = members["attach_status"]?.string, text != "attached", text != "detached" {
            throw ServiceError(.badRequest, "Must specify a valid attach status. Invalid value: \(text)")
        }
        // The attach status is not stored: it is what the attachments say.
        return .empty()
    }

    // MARK: Attaching

    private var attachActions: [WebAPI.Operation] {
        [
            action("os-reserve", VolumePolicy.reserve, schema: Schemas.anything("os-reserve")) { _, volume, _ in
                try await attachments.move(volume, from: VolumeTransitions.reserve, to: .reserved)
                return .empty()
            },
            action("os-unreserve", VolumePolicy.unreserve, schema: Schemas.anything("os-unreserve")) { _, volume, _ in
                try await attachments.unreserve(volume)
                return .empty()
            },
            action(
                "os-begin_detaching", VolumePolicy.beginDetaching, schema: Schemas.anything("os-begin_detaching")
            ) { _, volume, _ in
                try await attachments.move(volume, from: VolumeTransitions.beginDetaching, to: .detaching)
                return .empty()
            },
            action(
                "os-roll_detaching", VolumePolicy.rollDetaching, schema: Schemas.anything("os-roll_detaching")
            ) { _, volume, _ in
                try await attachments.move(volume, from: VolumeTransitions.rollDetaching, to: .inUse)
                return .empty()
            },
            action(
                "os-attach", VolumePolicy.attach,
                schema: Schemas.wrapped(
                    "os-attach",
                    [
                        "instance_uuid": Schemas.uuid,
                        "mountpoint": ["type": "string", "minLength": 1, "maxLength": 255],
                        "host_name": ["type": "string", "maxLength": 255],
                        "mode": ["type": "string", "enum": ["rw", "ro"]],
                    ], required: ["mountpoint"])
            ) { _, volume, body in
                guard body["instance_uuid"] != nil || body["host_name"] != nil else {
                    throw ServiceError(.badRequest, "Either instance_uuid or host_name is needed.")
                }
                try await attachments.attach(
                    volume, instance: body["instance_uuid"]?.string.map { ID($0) }, host: body["host_name"]?.string,
                    device: body["mountpoint"]?.string ?? "", mode: body["mode"]?.string ?? "rw")
                return .empty()
            },
            action(
                "os-detach", VolumePolicy.detach,
                schema: Schemas.wrapped("os-detach", ["attachment_id": Schemas.uuidOrNull], nullable: true)
            ) { request, volume, body in
                try await attachments.detach(
                    volume, body["attachment_id"]?.string.map { ID($0) }, force: false, context: request.context)
                return .empty()
            },
            action(
                "os-force_detach", VolumePolicy.forceDetach,
                schema: Schemas.wrapped(
                    "os-force_detach",
                    ["attachment_id": Schemas.uuidOrNull, "connector": ["type": ["object", "string", "null"]]])
            ) { request, volume, body in
                try await attachments.detach(
                    volume, body["attachment_id"]?.string.map { ID($0) }, force: true, context: request.context)
                return .empty()
            },
        ]
    }

    // MARK: Images

    private var imageActions: [WebAPI.Operation] {
        let properties: [String: JSONValue] = [
            "image_name": ["type": "string", "minLength": 1, "maxLength": 255], "force": Schemas.boolean,
            "disk_format": ["type": "string", "enum": ["raw", "vmdk", "vdi", "qcow2", "vhd", "vhdx", "ploop"]],
            "container_format": Schemas.text,
            "visibility": ["type": "string", "enum": ["community", "public", "private", "shared"]],
            "protected": Schemas.boolean,
        ]
        return [
            action(
                "os-volume_upload_image", VolumePolicy.upload,
                schema: Schemas.wrapped("os-volume_upload_image", properties, required: ["image_name"])
            ) { request, volume, body in try await uploadVolume(request, volume, body) },
            action(
                "os-set_image_metadata", VolumePolicy.imageMetadataSet,
                schema: Schemas.wrapped("os-set_image_metadata", ["metadata": Schemas.specs], required: ["metadata"]),
                success: .ok
            ) { _, volume, body in
                let changes = Text.map(body["metadata"])
                let map = try await storage.volumes.changeMap(volume.id, .imageMetadata, now: volumes.now) {
                    $0.merge(changes) { _, new in new }
                }
                return .json { $0.object { $0.field("metadata", map) } }
            },
            action(
                "os-unset_image_metadata", VolumePolicy.imageMetadataRemove,
                schema: Schemas.wrapped(
                    "os-unset_image_metadata", ["key": ["type": "string", "minLength": 1, "maxLength": 255]],
                    required: ["key"]),
                success: .ok
            ) { _, volume, body in
                let key = body["key"]?.string ?? ""
                _ = try await storage.volumes.changeMap(volume.id, .imageMetadata, now: volumes.now) { map in
                    guard map.removeValue(forKey: key) != nil else {
                        throw ServiceError(.notFound, "Volume \(volume.id) has no image metadata with key \(key).")
                    }
                }
                return .empty()
            },
            action(
                "os-show_image_metadata", VolumePolicy.imageMetadataShow,
                schema: Schemas.anything("os-show_image_metadata"), success: .ok
            ) { _, volume, _ in .json { $0.object { $0.field("metadata", volume.imageMetadata) } } },
        ]
    }

    private func uploadVolume(_ request: APIRequest, _ volume: Volume, _ body: JSONValue) async throws -> APIResponse {
        let visibility = request.version >= "3.1" ? body["visibility"]?.string ?? "private" : "private"
        if visibility == "public" { try request.authorize(VolumePolicy.uploadPublic) }
        let format = body["disk_format"]?.string ?? "raw"
        let container = body["container_format"]?.string ?? "bare"
        let name = body["image_name"]?.string ?? ""
        let upload = try await volumes.upload(
            volume, name: name, diskFormat: format, containerFormat: container, visibility: visibility,
            isProtected: Text.bool(body["protected"]) ?? false, context: request.context)
        return .json { json in
            json.object {
                $0.field("os-volume_upload_image") {
                    $0.object {
                        $0.field("id", upload.volume.id)
                        $0.field("updated_at", upload.volume.updatedAt?.iso8601Micro)
                        $0.field("status", "uploading")
                        $0.field("display_description", upload.volume.description)
                        $0.field("size", upload.volume.sizeGiB)
                        $0.field("volume_type", upload.volume.typeName)
                        $0.field("image_id", upload.image)
                        $0.field("container_format", container)
                        $0.field("disk_format", format)
                        $0.field("image_name", name)
                        if request.version >= "3.1" {
                            $0.field("visibility", visibility)
                            $0.field("protected", Text.bool(body["protected"]) ?? false)
                        }
                    }
                }
            }
        }
    }
}
