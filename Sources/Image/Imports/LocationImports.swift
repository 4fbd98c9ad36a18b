import Core
import Database
import FoundationEssentials
import Workflow

/// Accepts locations: image, task and saga move together, in one transaction.
struct LocationImports: Sendable {
    let core: ImageCore
    let wake: @Sendable () -> Void

    /// - Parameter hash: what the data must have, where the client knows.
    func accept(
        _ url: String, hash: (algorithm: String, digest: String)?, body: JSONValue, for image: Image,
        _ context: RequestContext
    ) async throws {
        guard let store = core.stores.web?.id else {
            throw ServiceError(.forbidden, "http store must be enabled to use location API by normal user.")
        }
        try image.checkFormats()
        let now = core.clock.now()
        let task = task(url, body["validation_data"] ?? [:], image, context)
        let state = ImportLocation.State(
            image: image.id, task: task.id, upload: core.ids.uuid(), url: url, store: store,
            algorithm: hash?.algorithm, digest: hash?.digest.lowercased())
        try await core.database.transaction("accept location") { transaction in
            let change = try transaction.change(
                """
                UPDATE images SET status = 'importing', upload_id = \(state.upload), updated_at = \(now),
                    locations = '[]', version = version + 1
                WHERE id = \(image.id) AND status = 'queued' AND upload_id IS NULL
                """,
                reading: ImageStore.reading(image.id))
            guard case .changed = change else {
                throw ServiceError(
                    .conflict,
                    "New operation on image '\(image.id)' is not permitted as prior operation is still in progress")
            }
            try TaskStore.insert(task, in: transaction)
            try SagaEngine<ImportEnvironment>.start(
                ImportLocation.self, id: task.id, subject: image.id.rawValue, state: state, context: context,
                in: transaction)
        }
        wake()
    }

    /// Has the data read whose place an image's document names: an image that is active without a hash could be given
    /// other bytes by its owner at any time.
    /// - Returns: what starts it, in the transaction that makes the image active; nil where nothing is to be read.
    func hashing(
        _ image: Image, was before: Image, _ context: RequestContext
    ) -> (@Sendable (Transaction) throws -> Void)? {
        guard core.options.hashesLocations, before.status == .queued, image.status == .active,
            image.hashDigest == nil, let location = image.locations.first
        else { return nil }
        let task = task(location.url, [:], image, context)
        let state = ImportLocation.State(
            image: image.id, task: task.id, upload: core.ids.uuid(), url: location.url, store: location.store)
        return { transaction in
            let isHeld = try transaction.execute(
                "UPDATE images SET upload_id = \(state.upload) WHERE id = \(image.id) AND upload_id IS NULL")
            guard isHeld > 0 else {
                throw ServiceError(.conflict, "Another operation on image '\(image.id)' is in progress.")
            }
            try TaskStore.insert(task, in: transaction)
            try SagaEngine<ImportEnvironment>.start(
                ImportLocation.self, id: task.id, subject: image.id.rawValue, state: state, context: context,
                in: transaction)
        }
    }

    private func task(_ url: String, _ validation: JSONValue, _ image: Image, _ context: RequestContext) -> ImageTask {
        let now = core.clock.now()
        return ImageTask(
            id: core.ids.uuid(), type: "location_import", status: "pending",
            owner: context.projectID ?? image.owner ?? ProjectID(""),
            input: [
                "image_id": .string(image.id.rawValue), "loc_url": .string(url), "validation_data": validation,
            ],
            result: .null, message: "", image: image.id, user: context.userID, requestID: context.requestID,
            createdAt: now, updatedAt: now, expiresAt: nil)
    }
}
