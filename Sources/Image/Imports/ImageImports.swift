import Core
import Database
import FoundationEssentials
import WebAPI
import Workflow

/// What an import request asks for.
struct ImportRequest: Sendable {
    /// The task's.
    var type = "api_image_import"
    let method: ImportMethod
    var uri: String?
    var source: RemoteImage?
    /// Where the data is to go.
    var stores: [String]
    var allMustSucceed = true
    let body: JSONValue
}

/// Accepts imports: image, task and saga move together, in one transaction.
struct ImageImports: Sendable {
    let core: ImageCore
    let wake: @Sendable () -> Void

    /// - Returns: nil when there is nothing to do: a copy into stores that have the image.
    /// - Throws: `.conflict` when the image is not in the state that the method needs.
    func accept(_ request: ImportRequest, for image: Image, _ context: RequestContext) async throws -> ImageTask? {
        try check(request, image)
        if request.stores.isEmpty { return nil }
        let now = core.clock.now()
        let upload = core.ids.uuid()
        let task = ImageTask(
            id: core.ids.uuid(), type: request.type, status: "pending",
            owner: context.projectID ?? image.owner ?? ProjectID(""),
            input: request.type == "import"
                ? request.body
                : [
                    "image_id": .string(image.id.rawValue), "import_req": request.body,
                    "backend": .array(request.stores.map { .string($0) }),
                ],
            result: .null, message: "", image: image.id, user: context.userID, requestID: context.requestID,
            createdAt: now, updatedAt: now, expiresAt: nil)
        let isCopy = request.method == .copyImage
        // Where data was that never became the image's is no place of what comes now.
        let emptied: SQL = isCopy ? "" : "locations = '[]',"
        // Which stores a copy goes to comes from the stores that had the image when it was read.
        let unchanged: SQL = isCopy ? " AND version = \(image.version)" : ""
        try await core.database.transaction("accept import") { transaction in
            let host: String? = try transaction.first("SELECT upload_host FROM images WHERE id = \(image.id)")?
                .get("upload_host")
            let change = try transaction.change(
                """
                UPDATE images SET status = \(isCopy ? ImageStatus.active : .importing), \(sql: emptied)
                    upload_id = \(upload), upload_host = NULL, updated_at = \(now),
                    properties = JSON_SET(properties,
                        '$.os_glance_importing_to_stores', \(request.stores.joined(separator: ",")),
                        '$.os_glance_failed_import', ''),
                    version = version + 1
                WHERE id = \(image.id) AND \(sql: Self.readiness(request.method))\(sql: unchanged)
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
                    source: request.source, host: host, stores: request.stores,
                    allMustSucceed: request.allMustSucceed),
                context: context, in: transaction)
        }
        wake()
        return task
    }

    /// When an image can be taken for an import. Staged data has a size once all of it is there.
    private static func readiness(_ method: ImportMethod) -> SQL {
        switch method {
        case .glanceDirect: "status = 'uploading' AND size IS NOT NULL"
        case .webDownload, .glanceDownload: "status = 'queued' AND upload_id IS NULL"
        case .copyImage: "status = 'active' AND upload_id IS NULL"
        }
    }

    /// - Throws: what `accept` does for an image that cannot be imported into.
    func check(_ request: ImportRequest, _ image: Image) throws {
        if image.status == .active, request.method != .copyImage {
            throw ServiceError(.conflict, "Image with status active cannot be target for import")
        }
        switch request.method {
        case .glanceDirect:
            guard image.status == .uploading else {
                throw ServiceError(
                    .conflict, "Image needs to be staged before 'glance-direct' method can be used")
            }
        case .webDownload, .glanceDownload:
            guard image.status == .queued else {
                throw ServiceError(
                    .conflict, "Image needs to be in 'queued' state to use '\(request.method.rawValue)' method")
            }
        case .copyImage:
            guard image.status == .active else {
                throw ServiceError(.conflict, "Only images with status active can be targeted for copying")
            }
        }
        guard image.containerFormat != nil else {
            throw ServiceError(.conflict, "'container_format' needs to be set before import")
        }
        guard image.diskFormat != nil else {
            throw ServiceError(.conflict, "'disk_format' needs to be set before import")
        }
        if request.method == .webDownload {
            guard let uri = request.uri, core.web.isAcceptable(uri) else {
                throw ServiceError(
                    .badRequest, "URI for web-download does not pass filtering: \(request.uri ?? "None")")
            }
        }
    }
}
