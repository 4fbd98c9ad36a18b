import Core
import Database
import FoundationEssentials
import Workflow

/// What imports work with.
struct ImportEnvironment: Sendable {
    let core: ImageCore
    let data: ImageDataService
    /// Nil where there is no identity to ask: then nothing is copied from other image services.
    let remote: RemoteImages?
}

/// Brings staged or remote data into one or several stores and makes the image active; or copies an active image
/// into further stores.
///
/// The image is held by the saga's upload id from the request that accepted it, so each step finds out from the row
/// whether there is still something to do. Files go before the hold does: nobody else can have put new ones there.
enum ImportImage: Saga {
    typealias Environment = ImportEnvironment

    struct State: Codable, Sendable {
        var image: ImageID
        var task: String
        /// Names this attempt's files and holds the image.
        var upload: String
        var method: ImportMethod
        var uri: String?
        /// The image to copy, for `glance-download`.
        var source: RemoteImage?
        /// The host that has the staged file.
        var host: String?
        /// Where the data is to go, in this order.
        var stores: [String]
        /// Whether a store that fails fails the import.
        var allMustSucceed = true
        /// Bytes that the staged data was decompressed to.
        var decompressed: Int64?
        /// What the staged data was converted to.
        var converted: ImportPlugins.Converted?

        var isCopy: Bool { method == .copyImage }
    }

    static let name = "import-image"
    static let version = 4

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("fetch") { state, env, run in
            try await env.core.tasks.update(state.task, status: "processing", now: env.core.clock.now())
            try await ImportData(state: state, env: env).fetch(run.context)
        } undo: { state, env, run in
            try await ImportUndo(state: state, env: env).run(run.failure)
        },
        SagaStep("decompress") { state, env, _ in
            state.decompressed = try await ImportPlugins(state: state, env: env).decompress()
        } undo: { state, env, run in
            try await ImportUndo(state: state, env: env).run(run.failure)
        },
        SagaStep("expand") { state, env, _ in
            try await ImportPlugins(state: state, env: env).expand()
        } undo: { state, env, run in
            try await ImportUndo(state: state, env: env).run(run.failure)
        },
        SagaStep("convert") { state, env, _ in
            state.converted = try await ImportPlugins(state: state, env: env).convert()
        } undo: { state, env, run in
            try await ImportUndo(state: state, env: env).run(run.failure)
        },
        SagaStep("adopt") { state, env, run in
            try await ImportPlugins(state: state, env: env).adopt()
            try await ImportPlugins(state: state, env: env).inject(run.context)
        } undo: { state, env, run in
            try await ImportUndo(state: state, env: env).run(run.failure)
        },
        SagaStep("store") { state, env, run in
            try await ImportData(state: state, env: env).store(run.context)
        } undo: { state, env, run in
            try await ImportUndo(state: state, env: env).run(run.failure)
        },
        SagaStep("finish") { state, env, _ in
            if !state.isCopy { try await env.core.files.unstage(state.image) }
            try await ImageTasks(core: env.core).succeed(state.task, state.image)
        },
    ]
}

/// How an image's data arrives.
enum ImportMethod: String, Codable, Sendable, CaseIterable {
    case glanceDirect = "glance-direct"
    case webDownload = "web-download"
    case glanceDownload = "glance-download"
    case copyImage = "copy-image"
}

/// The ends of tasks.
struct ImageTasks: Sendable {
    let core: ImageCore

    /// Seconds for which a task that is over is kept.
    private static let life: Double = 48 * 3600

    func succeed(_ task: String, _ image: ImageID) async throws {
        let now = core.clock.now()
        try await core.tasks.update(
            task, status: "success", result: ["image_id": .string(image.rawValue)],
            expiresAt: now.addingTimeInterval(Self.life), now: now)
    }

    func fail(_ task: String, _ failure: SagaFailure?, _ instead: String) async throws {
        let now = core.clock.now()
        try await core.tasks.update(
            task, status: "failure", message: failure?.message ?? instead,
            expiresAt: now.addingTimeInterval(Self.life), now: now)
    }
}
