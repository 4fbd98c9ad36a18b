import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/images/{id}/import` and tasks.
struct ImportController: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue
    let imports: ImageImports

    var operations: [Operation] {
        [
            Operation(.post, "/images/{image_id}/import", success: .accepted) { try await start($0) },
            Operation(.get, "/images/{image_id}/tasks") { try await tasksOfImage($0) },
            Operation(.get, "/tasks", policy: ImagePolicies.tasksAccess) { try await list($0) },
            Operation(.get, "/tasks/{task_id}", policy: ImagePolicies.tasksAccess) { try await show($0) },
            Operation(.delete, "/tasks/{task_id}", policy: ImagePolicies.tasksAccess, success: .methodNotAllowed) { _ in
                throw APIFault(.methodNotAllowed, "This task's deletion is not supported.", headers: [.allow: "GET"])
            },
            Operation(.post, "/tasks", policy: ImagePolicies.tasksAccess, success: .created) { _ in
                throw ServiceError(
                    .badRequest, "Tasks are not created directly. Use POST /v2/images/{image_id}/import.")
            },
            Operation(.delete, "/stores/{store_id}/{image_id}", success: .noContent) { try await deleteFromStore($0) },
        ]
    }

    private func start(_ request: APIRequest) async throws -> APIResponse {
        guard let method = request.body["method"] else {
            throw ServiceError(.badRequest, "Import request requires a 'method' field.")
        }
        guard let name = method["name"]?.string else {
            throw ServiceError(.badRequest, "Import request requires a 'name' field.")
        }
        guard core.options.importMethods.contains(name) else {
            throw ServiceError(.badRequest, "Unknown import method name '\(name)'.")
        }
        for flag in ["all_stores", "all_stores_must_succeed"] {
            if let value = request.body[flag], value.bool == nil {
                throw ServiceError(.badRequest, "'\(flag)' must be boolean value only")
            }
        }
        for store in request.body["stores"]?.array?.compactMap(\.string) ?? [] where store != core.options.storeID {
            throw ServiceError(.conflict, "Unknown store: \(store)")
        }
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        try request.authorize(ImagePolicies.modifyImage, target: found.target)
        _ = try await imports.accept(
            ImportRequest(
                method: name, uri: method["uri"]?.string,
                source: name == "glance-download" ? try Self.source(method, request.context) : nil, body: request.body),
            for: found.image, request.context)
        return .empty()
    }

    private static func source(_ method: JSONValue, _ context: RequestContext) throws -> RemoteImage {
        guard let region = method["glance_region"]?.string else {
            throw ServiceError(.badRequest, "'glance_region' needs to be set for glance-download import method")
        }
        guard let id = method["glance_image_id"]?.string else {
            throw ServiceError(.badRequest, "'glance_image_id' needs to be set for glance-download import method")
        }
        guard isUUIDLike(id) else {
            throw ServiceError(.badRequest, "Remote image id does not look like a UUID: \(id)")
        }
        return RemoteImage(
            id: id, region: region, interface: method["glance_service_interface"]?.string ?? "public",
            project: context.projectID)
    }

    private func tasksOfImage(_ request: APIRequest) async throws -> APIResponse {
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        let tasks = try await core.tasks.list(image: found.image.id)
        return .json { json in
            json.object { json in json.field("tasks") { $0.array(tasks) { Self.write($1, isDetailed: true, to: &$0) } }
            }
        }
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let paging = try Paging(
            request.query, maxLimit: core.options.maxPageLimit, defaultLimit: core.options.pageLimit)
        var marker: ImageTask?
        if let id = paging.marker {
            marker = try await core.tasks.find(id)
            if marker == nil { throw ServiceError(.badRequest, "Marker \(id) could not be found.") }
        }
        let limit = paging.limit ?? core.options.pageLimit
        let tasks = try await core.tasks.list(
            owner: nil, status: request.query.last("status"), type: request.query.last("type"), after: marker,
            limit: limit)
        return .json { json in
            json.object { json in
                json.field("tasks") { $0.array(tasks) { Self.write($1, isDetailed: false, to: &$0) } }
                json.field("first", "/v2/tasks")
                json.field("schema", "/v2/schemas/tasks")
                if let last = tasks.last, tasks.count == limit {
                    json.field("next", "/v2/tasks?\(request.query.encoded(replacing: [("marker", last.id)]))")
                }
            }
        }
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("task_id")
        guard id.utf8.count <= 36, let task = try await core.tasks.find(id) else {
            throw ServiceError(.notFound, "No task found with ID \(id)")
        }
        return .json { Self.write(task, isDetailed: true, to: &$0) }
    }

    private func deleteFromStore(_ request: APIRequest) async throws -> APIResponse {
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        try request.authorize(ImagePolicies.deleteLocation, target: found.target)
        let store = try request.parameter("store_id")
        guard store == core.options.storeID else {
            throw ServiceError(.notFound, "Image \(found.image.id) is not stored in store \(store).")
        }
        throw ServiceError(
            .forbidden,
            "Cannot delete image data from the only store containing it. Consider deleting the image instead.")
    }

    private static func write(_ task: ImageTask, isDetailed: Bool, to json: inout JSONWriter) {
        json.object {
            $0.field("id", task.id)
            $0.field("type", task.type)
            $0.field("status", task.status)
            $0.field("owner", task.owner)
            $0.field("expires_at", task.expiresAt?.iso8601)
            $0.field("created_at", task.createdAt.iso8601)
            $0.field("updated_at", task.updatedAt.iso8601)
            if isDetailed {
                $0.field("input", task.input)
                $0.field("result", task.result)
                $0.field("message", task.message)
            }
            $0.field("image_id", task.image)
            $0.field("user_id", task.user)
            $0.field("request_id", task.requestID)
            $0.field("self", "/v2/tasks/\(task.id)")
            $0.field("schema", "/v2/schemas/task")
        }
    }
}
