import Core
import Database
import FoundationEssentials
import Logging
import Workflow

/// What imports work with.
struct ImportEnvironment: Sendable {
    let core: ImageCore
    let data: ImageDataService
    let fetcher: WebFetcher
    /// Nil where there is no identity to ask: then nothing is copied from other image services.
    let remote: RemoteImages?
}

/// Brings staged or remote data into the store and makes the image active.
///
/// The image is `importing` and held by the saga's upload id from the request that accepted it, so each
/// step finds out from the row whether there is still something to do.
enum ImportImage: Saga {
    typealias Environment = ImportEnvironment

    struct State: Codable, Sendable {
        var image: ImageID
        var task: String
        /// Names this attempt's file and holds the image.
        var upload: String
        var method: String
        var uri: String?
        /// The image to copy, for `glance-download`.
        var source: RemoteImage?
        /// The host that has the staged file.
        var host: String?
    }

    static let name = "import-image"
    static let version = 1

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("store") { state, env, run in
            try await env.core.tasks.update(state.task, status: "processing", now: env.core.clock.now())
            guard var image = try await env.core.images.find(state.image) else {
                throw ServiceError(.gone, "The image was deleted.")
            }
            // Done by an attempt that could not say so.
            if image.status == .active { return }
            // What an attempt before this one left of its file.
            try await env.core.files.discard(state.upload)
            let limit = try await env.data.limit(image, announced: nil)
            let upload = state.upload
            do {
                let received: Received
                if let source = state.source {
                    guard let remote = env.remote else {
                        throw ServiceError(.badRequest, "Images cannot be copied here.")
                    }
                    let found = try await remote.find(source, run.context)
                    received = try await env.data.receive(
                        found.adopt(image, env.core.options.protections, run.context),
                        try await remote.download(source, run.context), upload: upload, limit: limit
                    )
                    image = try await ImageCatalogue(core: env.core).update(image.id) {
                        $0 = found.adopt($0, env.core.options.protections, run.context)
                    }
                } else if let uri = state.uri {
                    let declared = image
                    received = try await env.fetcher.fetch(uri) { chunks in
                        try await env.data.receive(declared, chunks, upload: upload, limit: limit)
                    }
                } else {
                    if let host = state.host, host != env.core.host, try await !env.core.files.hasStaged(image.id) {
                        throw SagaRetry(after: .seconds(5), reason: "the staged data is on host \(host)")
                    }
                    received = try await env.data.receive(
                        image, try await env.core.files.readStaged(image.id), upload: state.upload, limit: limit)
                }
                try await env.data.finish(image.id, received, upload: state.upload, declared: image)
            } catch let failure as InspectionFailure {
                throw ServiceError(.unsupportedMediaType, failure.description, cause: failure)
            }
        } undo: { state, env, run in
            try await env.core.files.discard(state.upload)
            try await env.core.files.unstage(state.image)
            // The bytes of an active image stay: what failed came after the import was done.
            if try await env.core.images.find(state.image)?.status == .active {
                return try await succeed(state, env)
            }
            let now = env.core.clock.now()
            try await env.core.images.abandonUpload(
                state.image, upload: state.upload, failedStore: env.core.options.storeID, now: now)
            try await env.core.tasks.update(
                state.task, status: "failure", message: run.failure?.message ?? "The import failed.",
                expiresAt: now.addingTimeInterval(taskLife), now: now)
        },
        SagaStep("finish") { state, env, _ in
            try await env.core.files.unstage(state.image)
            try await succeed(state, env)
        },
    ]

    /// Seconds for which a task that is over is kept.
    private static let taskLife: Double = 48 * 3600

    private static func succeed(_ state: State, _ env: Environment) async throws {
        let now = env.core.clock.now()
        try await env.core.tasks.update(
            state.task, status: "success", result: ["image_id": .string(state.image.rawValue)],
            expiresAt: now.addingTimeInterval(taskLife), now: now)
    }
}
