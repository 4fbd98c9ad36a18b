import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    var attachmentOperations: [WebAPI.Operation] {
        let versions = VersionRange.since("3.27")
        return [
            WebAPI.Operation(
                .post, "/attachments", versions, policy: VolumePolicy.attachmentCreate, body: Schemas.createAttachment
            ) { try await createAttachment($0) },
            WebAPI.Operation(.get, "/attachments", versions, policy: VolumePolicy.getAll) {
                try await listAttachments($0, isDetail: false)
            },
            WebAPI.Operation(.get, "/attachments/detail", versions, policy: VolumePolicy.getAll) {
                try await listAttachments($0, isDetail: true)
            },
            WebAPI.Operation(.get, "/attachments/{id}", versions) { request in
                let attachment = try await attachment(request, VolumePolicy.get)
                return try await answer(
                    request, attachment,
                    showsConnection: AttachmentOperations.isService(request.context) || request.isAdmin)
            },
            WebAPI.Operation(.put, "/attachments/{id}", versions, body: Schemas.updateAttachment) { request in
                let found = try await attachment(request, VolumePolicy.attachmentUpdate)
                let connected = try await attachments.connect(
                    found, request.body["attachment"]?["connector"] ?? .null)
                return try await answer(request, connected, showsConnection: true)
            },
            WebAPI.Operation(.delete, "/attachments/{id}", versions) { request in
                let found = try await attachment(request, VolumePolicy.attachmentDelete)
                let others = try await attachments.delete(found, context: request.context)
                return .json { $0.object { $0.field("attachments") { $0.array(others) { summary(&$0, $1) } } } }
            },
            WebAPI.Operation(
                .post, "/attachments/{id}/action", .since("3.44"), action: "os-complete",
                body: Schemas.anything("os-complete"), success: .noContent
            ) { request in
                let found = try await attachment(request, VolumePolicy.attachmentComplete)
                try await attachments.complete(found)
                return .empty()
            },
        ]
    }

    private func attachment(_ request: APIRequest, _ rule: PolicyRule) async throws -> Attachment {
        let attachment = try await storage.attachments.find(try request.id(), request.scope)
        try request.authorize(rule, target: ["project_id": attachment.projectID.rawValue])
        return attachment
    }

    private func createAttachment(_ request: APIRequest) async throws -> APIResponse {
        let body = request.body["attachment"] ?? .null
        let volume = try await storage.volumes.find(ID(body["volume_uuid"]?.string ?? ""), request.scope)
        try request.authorize(VolumePolicy.attachmentCreate, target: ["project_id": volume.projectID.rawValue])
        let made = try await attachments.create(
            volume, instance: body["instance_uuid"]?.string.map { ID($0) },
            connector: body["connector"].flatMap { $0.isNull ? nil : $0 },
            mode: request.version >= "3.54" ? body["mode"]?.string : nil)
        return try await answer(request, made, showsConnection: true)
    }

    private func listAttachments(_ request: APIRequest, isDetail: Bool) async throws -> APIResponse {
        let page = try request.page(["id", "created_at"])
        var filter = AttachmentStore.Filter(scope: try request.listScope)
        filter.volume = request.query.last("volume_id")
        filter.instance = request.query.last("instance_id") ?? request.query.last("instance_uuid")
        filter.status = request.query.last("attach_status") ?? request.query.last("status")
        let list = try await storage.attachments.list(filter, page)
        return .json { json in
            json.object {
                $0.field("attachments") {
                    $0.array(list.items) { json, attachment in
                        if isDetail { detail(&json, attachment, connection: [:]) } else { summary(&json, attachment) }
                    }
                }
            }
        }
    }

    private func answer(_ request: APIRequest, _ attachment: Attachment, showsConnection: Bool) async throws
        -> APIResponse
    {
        let connection = showsConnection ? try await attachments.connectionInfo(attachment) : [:]
        return .json { $0.object { $0.field("attachment") { detail(&$0, attachment, connection: connection) } } }
    }

    private func summary(_ json: inout JSONWriter, _ attachment: Attachment) {
        json.object {
            $0.field("id", attachment.id)
            $0.field("status", attachment.status.rawValue)
            $0.field("instance", attachment.instance)
            $0.field("volume_id", attachment.volume)
        }
    }

    /// Times that are not set are empty strings here, as Cinder writes them.
    private func detail(_ json: inout JSONWriter, _ attachment: Attachment, connection: JSONValue) {
        json.object {
            $0.field("id", attachment.id)
            $0.field("status", attachment.status.rawValue)
            $0.field("instance", attachment.instance)
            $0.field("volume_id", attachment.volume)
            $0.field("attached_at", attachment.attachedAt?.iso8601Micro ?? "")
            $0.field("detached_at", attachment.detachedAt?.iso8601Micro ?? "")
            $0.field("attach_mode", attachment.mode)
            $0.field("connection_info", connection)
        }
    }
}
