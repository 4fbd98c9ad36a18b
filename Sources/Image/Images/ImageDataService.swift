import Core
import Database
import FoundationEssentials
import Logging
import NIOCore

/// Image data in and out.
struct ImageDataService: Sendable {
    let core: ImageCore

    /// Stores an upload and makes the image active, or leaves everything as it was.
    ///
    /// An image that is deleted meanwhile stays deleted and leaves no data: the last move names this upload.
    /// - Parameter store: nil is the default one.
    func upload<Chunks: AsyncSequence & Sendable>(
        _ image: Image, _ chunks: Chunks, announced: Int?, to store: FileStore? = nil
    ) async throws where Chunks.Element == ByteBuffer {
        let store = store ?? core.stores.primary
        let limit = try await limit(image, announced: announced)
        let upload = core.ids.uuid()
        try await begin(image, as: .saving, upload: upload)
        do {
            let received = try await receive(image, chunks, in: store, upload: upload, limit: limit)
            let data = try check(received, image)
            let location = try await commit(image.id, in: store, upload: upload)
            try await finish(image.id, in: store, upload: upload) { image in
                image.record(data)
                image.locations = [location]
                image.status = .active
            }
        } catch {
            try await giveUp(image.id, in: store, upload: upload, because: error)
            // Cleaned away as nobody's, when the image went.
            if (error as? ServiceError)?.code == .notFound, try await core.images.find(image.id) == nil {
                throw Self.gone(image.id)
            }
            throw Self.translate(error)
        }
    }

    /// Keeps data aside for a `glance-direct` import.
    func stage<Chunks: AsyncSequence & Sendable>(
        _ image: Image, _ chunks: Chunks, announced: Int?
    ) async throws where Chunks.Element == ByteBuffer {
        let limit = try await limit(image, announced: announced)
        let upload = core.ids.uuid()
        try await begin(image, as: .uploading, upload: upload)
        do {
            // Inspected when it is imported: the format may still be set by then.
            let received = try await core.files.receive(chunks, upload: upload, limit: limit, inspect: false)
            try await core.files.stage(upload, for: image.id)
            guard
                case .changed = try await core.images.noteStaged(
                    image.id, upload: upload, size: received.size, now: core.clock.now())
            else {
                try await core.files.unstage(image.id)
                throw Self.gone(image.id)
            }
        } catch {
            try await giveUp(image.id, in: core.files, upload: upload, because: error)
            throw Self.translate(error)
        }
    }

    // MARK: Parts, shared with imports

    /// Receives, hashes and inspects; a signed image must be what was signed.
    /// - Parameter isCopy: whether the bytes are an image's already: then its signature was looked at before.
    func receive<Chunks: AsyncSequence & Sendable>(
        _ image: Image, _ chunks: Chunks, in store: FileStore, upload: String, limit: Int64,
        isCopy: Bool = false
    ) async throws -> Received where Chunks.Element == ByteBuffer {
        let inspects = image.containerFormat == nil || image.containerFormat == "bare"
        guard !isCopy, let signature = try ImageSignature(image.properties) else {
            return try await store.receive(chunks, upload: upload, limit: limit, inspect: inspects)
        }
        let received = try await store.receive(
            chunks, upload: upload, limit: limit, inspect: inspects, signedHash: signature.hash)
        do {
            try await core.signatures.verify(signature, digest: received.signedDigest ?? "")
        } catch {
            try await store.discard(upload)
            throw error
        }
        return received
    }

    /// What to note of data that was received.
    /// - Throws: `InspectionFailure` when the content is not what it is said to be.
    func check(_ received: Received, _ declared: Image) throws -> StoredData {
        StoredData(
            size: received.size, virtualSize: try checkFormat(received, declared), checksum: received.checksum,
            hashAlgorithm: DataHasher.algorithm, hashDigest: received.hash)
    }

    /// Gives received data its place in a store.
    func commit(_ id: ImageID, in store: FileStore, upload: String) async throws -> ImageLocation {
        try await store.commit(upload, as: id)
        return ImageLocation(store: store.id, url: try store.url(id))
    }

    /// Notes data that has its place; without the image, or past the quota, the data goes again.
    func finish(
        _ id: ImageID, in store: FileStore, upload: String, releasing: Bool = true,
        _ change: @escaping @Sendable (inout Image) throws -> Void
    ) async throws {
        do {
            let edited = try await core.images.edit(
                id, heldBy: upload, releasing: releasing, quota: core.options.projectQuota, now: core.clock.now(),
                change)
            // Deleted meanwhile. The path is this image's alone, and an id is never used twice.
            if edited == nil { throw Self.gone(id) }
        } catch let error as ServiceError where [.tooLarge, .gone].contains(error.code) {
            try await store.delete(id)
            throw error
        }
    }

    /// The virtual size that the content shows.
    private func checkFormat(_ received: Received, _ declared: Image) throws(InspectionFailure) -> Int64? {
        guard let inspected = received.inspected else { return nil }
        guard inspected.virtualSize ?? 0 <= core.options.maxVirtualSize else {
            throw InspectionFailure("The image's virtual size is past the limit, \(core.options.maxVirtualSize) bytes.")
        }
        do throws(InspectionFailure) {
            return try FormatCheck.check(
                inspected, declared: declared.diskFormat, container: declared.containerFormat, size: received.size)
        } catch {
            if core.options.requiresFormatMatch { throw error }
            core.logger.warning("Image format does not match", metadata: [LogKey.image: "\(declared.id)"])
            return nil
        }
    }

    /// How much may be received: the smallest of the limits.
    func limit(_ image: Image, announced: Int?) async throws -> Int64 {
        var limit = core.options.maxImageSize
        if core.options.projectQuota > 0, let owner = image.owner {
            let used = try await core.images.usage(owner)
            limit = min(limit, max(0, max(0, core.options.projectQuota - used.bytes) - used.staged))
        }
        if let announced, Int64(announced) > limit {
            throw ServiceError(.tooLarge, "The incoming image is too large: \(announced) bytes, allowed are \(limit).")
        }
        return limit
    }

    private func begin(_ image: Image, as state: ImageStatus, upload: String) async throws {
        let change = try await core.images.beginUpload(
            image.id, as: state, from: [.queued], upload: upload, host: core.host, now: core.clock.now())
        switch change {
        case .changed: return
        case .missing: throw ImageCatalogue.notFound(image.id.rawValue)
        case .conflict(let row):
            let current: ImageStatus = try row.get("status")
            throw ServiceError(
                .conflict,
                "Image status transition from \(current.rawValue) to \(state.rawValue) is not allowed")
        }
    }

    private func giveUp(_ id: ImageID, in store: FileStore, upload: String, because error: any Error) async throws {
        core.logger.info(
            "Upload abandoned", metadata: [LogKey.image: "\(id)", LogKey.error: "\(describeError(error))"])
        // Runs to its end although the client, and with it this task, may be gone.
        let core = core
        try await Task {
            try await store.discard(upload)
            try await core.images.abandonUpload(id, upload: upload, now: core.clock.now())
        }.value
    }

    static func gone(_ id: ImageID) -> ServiceError {
        ServiceError(
            .gone,
            "Image \(id) could not be found after upload. The image may have been deleted during the upload, "
                + "cleaning up the chunks uploaded.")
    }

    static func translate(_ error: any Error) -> any Error {
        guard let failure = error as? InspectionFailure else { return error }
        return ServiceError(.unsupportedMediaType, failure.description, cause: failure)
    }
}
