import AsyncHTTPClient
import Core
import FoundationEssentials
import Logging
import NIOCore
import Workflow

/// The data of one import: to the staging area, from there to each store.
struct ImportData: Sendable {
    let state: ImportImage.State
    let env: ImportEnvironment

    private var core: ImageCore { env.core }

    /// Brings remote data to the staging area. What is staged or stored already is not fetched again.
    /// - Throws: `.gone` when the image was deleted.
    func fetch(_ context: RequestContext) async throws {
        guard let image = try await held(), !state.isCopy, image.status != .active else { return }
        // The size is noted when the data is there: a file without it is from some other attempt.
        if image.size != nil, try await core.files.hasStaged(image.id) { return }
        guard state.method != .glanceDirect else {
            guard let host = state.host, host != core.host else {
                throw ServiceError(.conflict, "The staged data of image \(image.id) is lost.")
            }
            throw SagaRetry(after: .seconds(5), reason: "the staged data is on host \(host)")
        }
        // What an attempt before this one left of its file.
        try await core.files.discard(state.upload)
        let limit = try await env.data.limit(image, announced: nil)
        let adopted = try await core.transfers.run(image.owner) { try await receive(limit, context) }
        try await core.files.stage(state.upload, for: image.id)
        guard try await edit(adopted) != nil else {
            try await core.files.unstage(image.id)
            throw gone
        }
    }

    /// - Returns: what changes in the image with the data.
    private func receive(
        _ limit: Int64, _ context: RequestContext
    ) async throws -> @Sendable (inout Image) throws -> Void {
        let (core, upload) = (core, state.upload)
        guard let source = state.source else {
            let received = try await core.web.fetch(state.uri ?? "") { chunks in
                try await core.files.receive(chunks, upload: upload, limit: limit, inspect: false)
            }
            return { $0.size = received.size }
        }
        guard let remote = env.remote else { throw ServiceError(.badRequest, "Images cannot be copied here.") }
        let found = try await remote.find(source, context)
        let received = try await core.files.receive(
            try await remote.download(source, context), upload: upload, limit: limit, inspect: false)
        return { image in
            image = found.adopt(image, core.options.protections, context)
            image.size = received.size
        }
    }

    /// Puts the data into each store that does not have it yet.
    func store(_ context: RequestContext) async throws {
        // Fetched by another host, which has not said more since.
        try await fetch(context)
        for id in state.stores {
            guard let image = try await held() else { return }
            if image.isStored(in: id) { continue }
            do {
                try await store(image, in: id)
            } catch {
                guard try await isFinal(error, id) else { continue }
                guard let failure = error as? InspectionFailure else { throw error }
                throw ServiceError(.unsupportedMediaType, failure.description, cause: failure)
            }
        }
        guard let image = try await held() else { return }
        guard image.status != .importing else {
            throw ServiceError(.badGateway, "The image could not be stored in any of its stores.")
        }
        _ = try await edit(releasing: true)
    }

    /// Whether an error in one store ends the attempt. One of that store alone is noted in the image.
    private func isFinal(_ error: any Error, _ store: String) async throws -> Bool {
        let code = (error as? ServiceError)?.code
        if error is CancellationError || error is SagaRetry || code == .unavailable || code == .gone { return true }
        _ = try await edit { $0.noteImportFailed(in: store) }
        guard !state.allMustSucceed else { return true }
        core.logger.warning(
            "Import failed in one of its stores",
            metadata: [LogKey.image: "\(state.image)", LogKey.error: "\(describeError(error))"])
        return false
    }

    private func store(_ image: Image, in id: String) async throws {
        let store = try core.stores.writable(id, else: .conflict)
        try await store.discard(state.upload)
        let limit = state.isCopy ? image.size ?? 0 : try await stagedLimit(image)
        let received = try await read(image) { chunks in
            try await env.data.receive(
                image, chunks, in: store, upload: state.upload, limit: limit, isCopy: state.isCopy)
        }
        let data: StoredData
        do {
            data = try env.data.check(received, image)
        } catch {
            try await store.discard(state.upload)
            throw error
        }
        let location = try await env.data.commit(image.id, in: store, upload: state.upload)
        let isLast = state.stores.allSatisfy { $0 == id || image.isStored(in: $0) }
        let activates = isLast || !state.allMustSucceed
        try await env.data.finish(image.id, in: store, upload: state.upload, releasing: false) { image in
            if image.status == .importing { image.record(data) }
            image.locations.append(location)
            if activates, image.status == .importing { image.status = .active }
            image.noteImported(id)
        }
    }

    /// The staged bytes are part of the quota already.
    private func stagedLimit(_ image: Image) async throws -> Int64 {
        max(image.size ?? 0, try await env.data.limit(image, announced: nil))
    }

    /// Gives the image's bytes to `consume`: staged ones, or for a copy those of the best store.
    private func read(
        _ image: Image, _ consume: @escaping @Sendable (ChunkStream) async throws -> Received
    ) async throws -> Received {
        guard state.isCopy else {
            return try await consume(ChunkStream(try await core.files.readStaged(image.id)))
        }
        guard let content = try await env.data.download(image) else {
            throw ServiceError(.conflict, "Image \(image.id) has no data.")
        }
        return try await ImageCopy(image, of: content).read(from: core.web) { try await consume(ChunkStream($0)) }
    }

    /// The image, while this saga holds it; nil when an attempt that could not say so has done the work.
    private func held() async throws -> Image? {
        if let image = try await edit() { return image }
        guard try await core.images.find(state.image) != nil else { throw gone }
        return nil
    }

    private var gone: ServiceError { ServiceError(.gone, "The image was deleted.") }

    private func edit(_ change: @escaping @Sendable (inout Image) throws -> Void) async throws -> Image? {
        try await edit(releasing: false, change)
    }

    private func edit(
        releasing: Bool = false, _ change: @escaping @Sendable (inout Image) throws -> Void = { _ in }
    ) async throws -> Image? {
        try await core.images.edit(
            state.image, heldBy: state.upload, releasing: releasing, now: core.clock.now(), change)
    }
}

/// A stream of bytes whatever it comes from.
struct ChunkStream: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let make: @Sendable () -> AsyncIterator

    init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks) where Chunks.Element == ByteBuffer {
        make = {
            var iterator = chunks.makeAsyncIterator()
            return AsyncIterator { try await iterator.next() }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { make() }

    struct AsyncIterator: AsyncIteratorProtocol {
        let step: () async throws -> ByteBuffer?

        mutating func next() async throws -> ByteBuffer? { try await step() }
    }
}
