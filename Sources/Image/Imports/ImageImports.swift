import Core
import Database
import FoundationEssentials
import WebAPI
import Workflow

/// What an import request asks for.
struct ImportRequest: Sendable {
    let method: String
    let uri: String?
    let source: RemoteImage?
    let body: JSONValue
}

/// Accepts imports: image, task and saga move together, in one transaction.
struct ImageImports: Sendable {
    let core: ImageCore
    let fetcher: WebFetcher
    let wake: @Sendable () -> Void

    /// - Throws: `.conflict` when the image is not in the state that the method needs.
    func accept(_ request: ImportRequest, for image: Image, _ context: RequestContext) async throws -> ImageTask {
        let state = request.method == "glance-direct" ? ImageStatus.uploading : .queued
        try check(request, image)
        let now = core.clock.now()
        let upload = core.ids.uuid()
        let task = ImageTask(
            id: core.ids.uuid(), type: "api_image_import", status: "pending",
            owner: context.projectID ?? image.owner ?? ProjectID(""),
            input: [
                "image_id": .string(image.id.rawValue), "import_req": request.body,
                "backend": [.string(core.options.storeID)],
            ],
            result: .null, message: "", image: image.id, user: context.userID, requestID: context.requestID,
            createdAt: now, updatedAt: now, expiresAt: nil)
        let core = core
        let store = core.options.storeID
        try await core.database.transaction("accept import") { transaction in
            let host: String? = try transaction.first("SELECT upload_host FROM images WHERE id = \(image.id)")?
                .get("upload_host")
            let change = try transaction.change(
                """
                UPDATE images SET status = 'importing', upload_id = \(upload), updated_at = \(now),
                    properties = JSON_SET(properties, '$.os_glance_importing_to_stores', \(store),
                        '$.os_glance_failed_import', ''),
                    version = version + 1
                WHERE id = \(image.id) AND status = \(state)
                """,
                reading: ImageStore.reading(image.id))
            guard case .changed = change else {
                throw ServiceError(
                    .conflict,
                    "New operation on image '\(image.id)' is not permitted as prior operation is still in progress")
            }
            try TaskStore.insert(task, in: transaction)
            try SagaEngine<ImportEnvironment>.start(
                ImportImage.self, id: task.id, subject: image.id.rawValue,
                state: ImportImage.State(
                    image: image.id, task: task.id, upload: upload, method: request.method, uri: request.uri,
                    source: request.source, host: host),
                context: context, in: transaction)
        }
        wake()
        return task
    }

    private func check(_ request: ImportRequest, _ image: Image) throws {
        if image.status == .active {
            throw ServiceError(.conflict, "Image with status active cannot be target for import")
        }
        switch request.method {
        case "glance-direct":
            guard image.status == .uploading else {
                throw ServiceError(
                    .conflict, "Image needs to be staged before 'glance-direct' method can be used")
            }
        case "web-download", "glance-download":
            guard image.status == .queued else {
                throw ServiceError(
                    .conflict, "Image needs to be in 'queued' state to use '\(request.method)' method")
            }
        default: throw ServiceError(.badRequest, "Unknown import method name '\(request.method)'.")
        }
        guard image.containerFormat != nil else {
            throw ServiceError(.conflict, "'container_format' needs to be set before import")
        }
        guard image.diskFormat != nil else {
            throw ServiceError(.conflict, "'disk_format' needs to be set before import")
        }
        if request.method == "web-download" {
            guard let uri = request.uri, fetcher.isAcceptable(uri) else {
                throw ServiceError(
                    .badRequest, "URI for web-download does not pass filtering: \(request.uri ?? "None")")
            }
        }
    }
}
