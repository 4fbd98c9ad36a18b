import AsyncHTTPClient
import Core
import Database
import FoundationEssentials
import NIOCore
import Workflow

/// Makes an image of data that stays on its web server: Glance's `location_import` task.
///
/// With hashes from the client the image is active once its data was read and matches them; without, it is active at
/// once, and its hash follows when the data was read.
enum ImportLocation: Saga {
    typealias Environment = ImportEnvironment

    struct State: Codable, Sendable {
        var image: ImageID
        var task: String
        /// Holds the image.
        var upload: String
        var url: String
        var store: String
        var algorithm: String?
        var digest: String?
    }

    static let name = "import-location"
    static let version = 1

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("attach") { state, env, _ in
            try await env.core.tasks.update(state.task, status: "processing", now: env.core.clock.now())
            try await LocationWork(state: state, core: env.core).attach()
        } undo: { state, env, run in
            try await LocationWork(state: state, core: env.core).undo(run.failure)
        },
        SagaStep("hash") { state, env, _ in
            try await LocationWork(state: state, core: env.core).hash()
        } undo: { state, env, run in
            try await LocationWork(state: state, core: env.core).undo(run.failure)
        },
        SagaStep("finish") { state, env, _ in
            _ = try await env.core.images.edit(
                state.image, heldBy: state.upload, releasing: true, now: env.core.clock.now())
            try await ImageTasks(core: env.core).succeed(state.task, state.image)
        },
    ]
}

/// The steps of one `ImportLocation`.
struct LocationWork: Sendable {
    let state: ImportLocation.State
    let core: ImageCore

    /// Seconds between looks at the image while its data is read.
    private static let lookInterval = 5.0

    func attach() async throws {
        guard let image = try await edit(), !image.locations.contains(where: { $0.url == state.url }) else { return }
        let size: Int64
        do {
            size = try await core.transfers.run(image.owner) { try await core.web.size(of: state.url) }
        } catch let error as ServiceError where error.code != .unavailable {
            throw ServiceError(.badRequest, "Invalid location", cause: error)
        }
        let hashes = core.options.hashesLocations
        _ = try await edit { [state] image in
            image.locations = [ImageLocation(store: state.store, url: state.url)]
            image.size = size
            if state.digest == nil || !hashes {
                image.status = .active
                image.hashAlgorithm = hashes ? DataHasher.algorithm : state.algorithm
                image.hashDigest = hashes ? nil : state.digest
            } else {
                image.hashAlgorithm = state.algorithm
            }
        }
    }

    /// Reads all of the data. An image that was active already is not when that fails: without a hash its owner could
    /// change its bytes at will.
    func hash() async throws {
        guard core.options.hashesLocations, let image = try await edit(), image.hashDigest == nil else { return }
        let hasher = try await core.transfers.run(image.owner) { try await read(image) }
        guard state.digest == nil || state.digest == hasher.hash else {
            throw ServiceError(
                .badRequest,
                "os_hash_value: (\(state.digest ?? "")) not matched with actual os_hash_value: (\(hasher.hash))")
        }
        _ = try await edit { image in
            image.size = hasher.size
            image.checksum = hasher.checksum
            image.hashAlgorithm = image.hashAlgorithm ?? DataHasher.algorithm
            image.hashDigest = hasher.hash
            // One that was active all along may have been deactivated meanwhile: that stays.
            if image.status == .importing { image.status = .active }
        }
    }

    /// Looks now and then whether the image is still there: nobody waits for the rest of one that is deleted.
    private func read(_ image: Image) async throws -> DataHasher {
        guard let start = DataHasher(algorithm: image.hashAlgorithm ?? DataHasher.algorithm) else {
            throw ServiceError(.badRequest, "The hash algorithm is not known.")
        }
        let limit = core.options.maxImageSize
        return try await core.web.fetch(state.url) { chunks in
            var hasher = start
            var looked = core.clock.now()
            for try await chunk in chunks {
                hasher.update(chunk)
                guard hasher.size <= limit else {
                    throw ServiceError(.tooLarge, "The image is too large: the limit is \(limit) bytes.")
                }
                if core.clock.now().timeIntervalSince(looked) > Self.lookInterval {
                    looked = core.clock.now()
                    if try await edit() == nil { throw ServiceError(.gone, "The image was deleted.") }
                }
            }
            return hasher
        }
    }

    /// As in Glance the location stays: it is the owner's to remove with the image.
    func undo(_ failure: SagaFailure?) async throws {
        let hashes = core.options.hashesLocations
        let image = try await core.images.edit(
            state.image, heldBy: state.upload, releasing: true, now: core.clock.now()
        ) { image in
            // Deactivated ones too: they can be activated again.
            let lacksHash = [.active, .deactivated].contains(image.status) && hashes && image.hashDigest == nil
            if image.status == .importing || lacksHash { image.forgetData() }
        }
        let now = try await image == nil ? core.images.find(state.image) : image
        if now?.status == .active { return try await ImageTasks(core: core).succeed(state.task, state.image) }
        try await ImageTasks(core: core).fail(state.task, failure, "The location could not be added.")
    }

    private func edit(_ change: @escaping @Sendable (inout Image) throws -> Void = { _ in }) async throws -> Image? {
        try await core.images.edit(
            state.image, heldBy: state.upload, quota: core.options.projectQuota, now: core.clock.now(), change)
    }
}
