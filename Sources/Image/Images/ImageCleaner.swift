import Core
import Database
import FoundationEssentials
import Logging
import Synchronization

/// Removes what a crash left: uploads of a process that died, data of deleted images, data that its image has not.
///
/// Files of ids that were never images are left alone: a database that was restored may be behind its files. `apus
/// doctor` shows them.
final class ImageCleaner: Sendable {
    private let core: ImageCore
    private let catalogue: ImageCatalogue
    /// Files looked at in one run of one store.
    private static let batch = 2000
    /// Where each store's next run goes on.
    private let folders = Mutex<[String: Int]>([:])
    /// The last deleted image that was looked at.
    private let purged = Mutex<ImageID?>(nil)

    init(core: ImageCore, catalogue: ImageCatalogue) {
        self.core = core
        self.catalogue = catalogue
    }

    /// At start: what this host was doing when it stopped will not go on.
    func recover() async throws {
        for (image, upload) in try await core.images.interruptedUploads(host: core.host) {
            // Data that was staged and not noted any more must not pass for that of a later attempt.
            let isRemoved = try await removes(image.rawValue) {
                try await core.files.unstage(image)
                for store in core.stores.writable { try await store.discard(upload) }
            }
            guard isRemoved else { continue }
            try await core.images.abandonUpload(image, upload: upload, now: core.clock.now())
            core.logger.info("Interrupted upload abandoned", metadata: [LogKey.image: "\(image)"])
        }
        try await core.images.releaseInterrupted(host: core.host)
        try await clean()
    }

    /// Now and then: a bounded batch.
    func clean() async throws {
        try await purge()
        for store in core.stores.writable {
            try await cleanUploads(store)
            try await cleanImages(store)
        }
        try await cleanStaged()
    }

    private func purge() async throws {
        let limit = 100
        let images = try await core.images.unpurged(after: purged.withLock { $0 }, limit: limit)
        purged.withLock { $0 = images.count < limit ? nil : images.last }
        for id in images where try await removes(id.rawValue, { try await catalogue.removeFiles(id) }) {
            try await core.images.markPurged(id)
        }
    }

    /// Whether the data of an image or an upload could be removed. What could not is told of, and keeps nothing else
    /// from being cleaned.
    private func removes(_ id: String, _ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
            return true
        } catch let error as ServiceError {
            if Task.isCancelled { throw error }
            core.logger.error(
                "Data cannot be removed", metadata: [LogKey.image: "\(id)", LogKey.error: "\(describeError(error))"])
            return false
        }
    }

    /// Folders are shared: only what no image is held by is nobody's. Holds begin before their files do.
    private func cleanUploads(_ store: FileStore) async throws {
        let uploads = try await store.uploads(limit: Self.batch)
        let held = try await core.images.holding(uploads)
        for upload in uploads where !held.contains(upload) {
            _ = try await removes(upload) { try await store.discard(upload) }
        }
    }

    private func cleanStaged() async throws {
        let ids = try await core.files.stagedImages(limit: Self.batch).map { ImageID($0) }
        let images = try await core.images.findAny(ids)
        for id in ids {
            guard let image = images[id] else { continue }
            if image.status == .deleted {
                _ = try await removes(id.rawValue) { try await core.files.unstage(id) }
                continue
            }
            guard ![.uploading, .importing].contains(image.status) else { continue }
            try await holding(image) { _ = try await removes(id.rawValue) { try await core.files.unstage(id) } }
        }
    }

    private func cleanImages(_ store: FileStore) async throws {
        let folder = folders.withLock { $0[store.id] ?? 0 }
        let found = try await store.storedImages(from: folder, limit: Self.batch)
        folders.withLock { $0[store.id] = found.next }
        for part in stride(from: 0, to: found.ids.count, by: 500) {
            let ids = found.ids[part..<min(part + 500, found.ids.count)].map { ImageID($0) }
            let images = try await core.images.findAny(ids)
            for id in ids {
                guard let image = images[id] else { continue }
                if image.status == .deleted {
                    _ = try await removes(id.rawValue) { try await store.delete(id) }
                    continue
                }
                guard try await isRefuse(image, in: store) else { continue }
                try await holding(image) {
                    core.logger.warning(
                        "Data that its image does not have is removed", metadata: [LogKey.image: "\(id)"])
                    _ = try await removes(id.rawValue) { try await store.delete(id) }
                }
            }
        }
    }

    /// Whether an image can do without its file in a store.
    ///
    /// Settings change while rows stay as they are: stores are renamed, get other folders, go. So a file must be no
    /// location's, by its store's name and by its path, and all data that the image has must be somewhere else.
    private func isRefuse(_ image: Image, in store: FileStore) async throws -> Bool {
        if image.isStored(in: store.id) { return false }
        guard image.locations.allSatisfy({ core.stores.knows($0.store) }), !(try await store.isPlace(of: image)) else {
            return false
        }
        if image.locations.isEmpty { return ![.active, .deactivated].contains(image.status) }
        guard let file = try await store.identity(image.id) else { return false }
        for location in image.locations {
            guard let other = core.stores.file(location.store) else { continue }
            guard let identity = try await other.identity(image.id), identity != file else { return false }
        }
        return true
    }

    /// Runs `body` while nobody else can give the image data; not at all while somebody does.
    private func holding(_ image: Image, _ body: () async throws -> Void) async throws {
        let upload = core.ids.uuid()
        let now = core.clock.now()
        let change = try await core.images.hold(
            image.id, in: [.queued, .active, .deactivated], as: upload, host: core.host, now: now)
        guard case .changed(let row) = change else { return }
        do {
            // As it is under the hold: an upload may have ended since it was looked at.
            if try Image(row).locations == image.locations { try await body() }
        } catch {
            _ = try await core.images.edit(image.id, heldBy: upload, releasing: true, now: now)
            throw error
        }
        _ = try await core.images.edit(image.id, heldBy: upload, releasing: true, now: now)
    }
}
