import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    /// What went wrong, for users: since 3.3.
    var messageOperations: [WebAPI.Operation] {
        [
            WebAPI.Operation(.get, "/messages", .since("3.3"), policy: VolumePolicy.messageGetAll) {
                try await listMessages($0)
            },
            WebAPI.Operation(.get, "/messages/{id}", .since("3.3")) { request in
                let found = try await message(request, VolumePolicy.messageGet)
                return .json { $0.object { $0.field("message") { write(&$0, request, found) } } }
            },
            WebAPI.Operation(.delete, "/messages/{id}", .since("3.3"), success: .noContent) { request in
                let found = try await message(request, VolumePolicy.messageDelete)
                try await storage.messages.delete(found.id)
                return .empty()
            },
        ]
    }

    private func message(_ request: APIRequest, _ rule: PolicyRule) async throws -> UserMessage {
        let message = try await storage.messages.find(try request.id(), request.scope)
        try request.authorize(rule, target: ["project_id": message.projectID.rawValue])
        return message
    }

    private func listMessages(_ request: APIRequest) async throws -> APIResponse {
        var page = ListPage(limit: 1000, offset: 0, marker: nil, sort: [])
        var filters: [String: String] = [:]
        if request.version >= "3.5" {
            page = try request.page(["id", "created_at"])
            for name in ["resource_uuid", "resource_type", "request_id", "event_id", "message_level"] {
                filters[name] = request.query.last(name)
            }
        }
        let list = try await storage.messages.list(request.scope, page, filters: filters)
        return .json { json in
            json.object {
                $0.field("messages") { $0.array(list.items) { write(&$0, request, $1) } }
                if request.version >= "3.5" {
                    PagingLinks.nova(
                        &$0, collection: "messages", request: request,
                        nextMarker: list.nextMarker(page.limit) { $0.id.rawValue }, limit: page.limit)
                }
            }
        }
    }

    private func write(_ json: inout JSONWriter, _ request: APIRequest, _ message: UserMessage) {
        json.object {
            $0.field("id", message.id)
            $0.field("event_id", message.eventID)
            $0.field("user_message", message.text)
            $0.field("message_level", "ERROR")
            $0.field("created_at", message.createdAt.iso8601Micro)
            $0.field("guaranteed_until", message.expiresAt.iso8601Micro)
            $0.field("request_id", message.requestID)
            $0.field("links") { VolumeView(request).links(&$0, message.id.rawValue, "messages") }
            $0.field("resource_type", message.resource.rawValue)
            $0.field("resource_uuid", message.resourceID)
        }
    }
}
