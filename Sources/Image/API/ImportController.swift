import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/images/{id}/import` and tasks.
struct ImportController: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue
    let imports: ImageImports
    let images: ImagesController

    var operations: [Operation] {
        [
            Operation(.post, "/images/{image_id}/import", success: .accepted) { try await start($0) },
            Operation(.get, "/images/{image_id}/tasks") { try await tasksOfImage($0) },
            Operation(.get, "/tasks", policy: ImagePolicies.tasksAccess) { try await list($0) },
            Operation(.get, "/tasks/{task_id}", policy: ImagePolicies.tasksAccess) { try await show($0) },
            Operation(.delete, "/tasks/{task_id}", policy: ImagePolicies.tasksAccess, success: .methodNotAllowed) { _ in
                throw APIFault(.methodNotAllowed, "This task's deletion is not supported.", headers: [.allow: "GET"])
            },
            Operation(.post, "/tasks", policy: ImagePolicies.tasksAccess, success: .created) { try await create($0) },
        ]
    }

    private func start(_ request: APIRequest) async throws -> APIResponse {
        guard let method = request.body["method"] else {
            throw ServiceError(.badRequest, "Import request requires a 'method' field.")
        }
        guard let name = method["name"]?.string else {
            throw ServiceError(.badRequest, "Import request requires a 'name' field.")
        }
        guard core.options.importMethods.contains(name), let kind = ImportMethod(rawValue: name) else {
            throw ServiceError(.badRequest, "Unknown import method name '\(name)'.")
        }
        for flag in ["all_stores_must_succeed", "all_stores"] {
            if let value = request.body[flag], value.bool == nil {
                throw ServiceError(.badRequest, "'\(flag)' must be boolean value only")
            }
        }
        let found = try await catalogue.find(try request.parameter("image_id"), request.context)
        let isCopy = kind == .copyImage
        try request.authorize(isCopy ? ImagePolicies.copyImage : ImagePolicies.modifyImage, target: found.target)
        var stores = try self.stores(request)
        if isCopy {
            if request.body["all_stores"]?.bool == true {
                stores.removeAll { found.image.isStored(in: $0) }
            } else if let there = stores.first(where: { found.image.isStored(in: $0) }) {
                throw ServiceError(.badRequest, "Image is already present at store '\(there)'")
            }
        }
        _ = try await imports.accept(
            ImportRequest(
                method: kind, uri: method["uri"]?.string,
                source: kind == .glanceDownload ? try Self.source(method, request.context) : nil, stores: stores,
                allMustSucceed: request.body["all_stores_must_succeed"]?.bool ?? true, body: request.body),
            for: found.image, request.context)
        return .empty()
    }

    /// The stores that the data is to go to.
    private func stores(_ request: APIRequest) throws -> [String] {
        if request.body["all_stores"]?.bool == true {
            guard request.body["stores"] == nil, request.storeHeader == nil else {
                throw ServiceError(
                    .badRequest,
                    "All_stores parameter can't be used with x-image-meta-store header or stores parameter")
            }
            return core.stores.writable.map(\.id)
        }
        guard let named = request.body["stores"] else {
            return [try core.stores.writable(request.storeHeader ?? core.stores.primary.id, else: .conflict).id]
        }
        guard request.storeHeader == nil else {
            throw ServiceError(
                .badRequest, "Stores parameter and x-image-meta-store header can't be both specified")
        }
        guard let names = named.array, !names.isEmpty, names.count <= 100, names.allSatisfy({ $0.string != nil }) else {
            throw ServiceError(.badRequest, "'stores' must be a list of store identifiers")
        }
        var stores: [String] = []
        for name in names.compactMap(\.string) where !stores.contains(name) {
            stores.append(try core.stores.writable(name, else: .conflict).id)
        }
        return stores
    }

    /// Glance's older way to import: the image is made with its task.
    private func create(_ request: APIRequest) async throws -> APIResponse {
        for name in ["type", "input"] where request.body[name] == nil {
            throw ServiceError(.badRequest, "Task '\(name)' is required")
        }
        guard request.body["type"]?.string == "import", let input = request.body["input"]?.object else {
            throw ServiceError(.badRequest, "Tasks of type 'import' alone can be created, with an object as input.")
        }
        for name in ["import_from", "import_from_format", "image_properties"] where input[name] == nil {
            throw ServiceError(.badRequest, "Input does not contain '\(name)' field")
        }
        guard let uri = input["import_from"]?.string, core.web.isAcceptable(uri) else {
            throw ServiceError(.badRequest, "URI for web-download does not pass filtering.")
        }
        let image = try images.draft(input["image_properties"] ?? [:], request)
        let wanted = ImportRequest(
            type: "import", method: .webDownload, uri: uri, stores: [core.stores.primary.id], body: .object(input))
        // Before there is an image: one that nothing is imported into would stay.
        try imports.check(wanted, image)
        try await catalogue.create(image)
        let task = try await imports.accept(wanted, for: image, request.context)
        guard let task else { throw ServiceError(.internal, "The task was not created.") }
        return .json(headers: [.location: "/v2/tasks/\(task.id)"]) { Self.write(task, isDetailed: true, to: &$0) }
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
