import AsyncHTTPClient
import Core
import Database
import FoundationEssentials
import Logging

/// Copies of images on this host, for those whose data is elsewhere or slow to reach.
///
/// An image gets here when an operator asks for it, and stays until the cache is full of others that were used later.
/// What is here was checked against the image's hash. Who may download an image is decided before the cache is asked.
struct ImageCache: Sendable {
    let store: CacheStore
    let files: FileStore
    /// Bytes.
    let limit: Int64
    let clock: WallClock

    /// Images looked at together.
    private static let batch = 500

    /// The cache that the settings ask for, with its folders.
    /// - Throws: `ConfigurationError` when it shares one with a store.
    static func prepare(
        _ options: ImageOptions, _ database: Database, apartFrom stores: ImageStores, host: String, clock: WallClock
    ) async throws -> ImageCache? {
        guard let folder = options.cacheFolder else { return nil }
        let files = FileStore(
            id: "cache", root: folder, pool: BlockingPool(name: "image-cache", threads: 4, maxQueue: 1024))
        try await files.prepare()
        try await FileStore.checkApart(stores.writable + [files])
        // What was being fetched when this host's daemon stopped.
        for upload in try await files.uploads(limit: .max) { try await files.discard(upload) }
        return ImageCache(
            store: CacheStore(database, host: host), files: files, limit: options.cacheSize, clock: clock)
    }

    /// The image's data, if it is here.
    func open(_ image: ImageID) async throws -> StoredFile? {
        do {
            let file = try await files.read(image)
            try await store.noteHit(image, now: clock.now())
            return file
        } catch let error as ServiceError where error.code == .notFound {
            return nil
        }
    }

    /// - Returns: how many were cached or queued.
    @discardableResult
    func remove(_ images: [ImageID]) async throws -> Int {
        let count = try await store.remove(images)
        try await delete(images)
        return count
    }

    /// Deletes copies, but no file that an image's row names: the folder may have been a store's before.
    private func delete(_ images: [ImageID]) async throws {
        var present: [ImageID] = []
        for id in images where try await files.identity(id) != nil { present.append(id) }
        for part in stride(from: 0, to: present.count, by: 500) {
            let ids = present[part..<min(part + 500, present.count)]
            let rows = try await ImageStore(store.database).findAny(Array(ids))
            for id in ids {
                if let row = rows[id], row.status != .deleted, try await files.isPlace(of: row) { continue }
                try await files.delete(id)
            }
        }
    }

    func clear(cached: Bool, queued: Bool) async throws {
        while true {
            let images = try await store.some(cached: cached, queued: queued, limit: Self.batch)
            if images.isEmpty { return }
            try await remove(images)
        }
    }

    /// Removes what was not used for longest, until the rest fits.
    func prune() async throws -> (files: Int, bytes: Int64) {
        var total = try await store.bytes()
        var pruned = (files: 0, bytes: Int64(0))
        while total > limit {
            var chosen: [ImageID] = []
            for entry in try await store.leastUsed(limit: Self.batch) where total > limit {
                total -= entry.size
                pruned.bytes += entry.size
                chosen.append(entry.image)
            }
            if chosen.isEmpty { break }
            pruned.files += chosen.count
            try await remove(chosen)
        }
        return pruned
    }

    /// Removes what is of no image, and files that no entry tells of.
    func clean() async throws {
        try await remove(try await store.forgotten())
        var folder = 0
        repeat {
            let found = try await files.storedImages(from: folder, limit: Self.batch)
            folder = found.next
            let ids = found.ids.map { ImageID($0) }
            let known = try await store.known(of: ids)
            try await delete(ids.filter { !known.contains($0) })
        } while folder != 0
    }
}

/// Fetches what is queued, one image after the other, and keeps the cache in its limits.
struct CacheWorker: Sendable {
    let cache: ImageCache
    let core: ImageCore
    let data: ImageDataService

    func run() async throws {
        try await cache.clean()
        for id in try await cache.store.queued() {
            do {
                try await fetch(id)
            } catch {
                if Task.isCancelled { throw error }
                core.logger.warning(
                    "An image cannot be cached",
                    metadata: [LogKey.image: "\(id)", LogKey.error: "\(describeError(error))"])
                // What may pass stays queued for the next run, and keeps nobody else waiting.
                if (error as? ServiceError)?.code != .unavailable { try await cache.remove([id]) }
            }
            _ = try await cache.prune()
        }
        _ = try await cache.prune()
    }

    private func fetch(_ id: ImageID) async throws {
        guard let image = try await core.images.find(id), image.status == .active,
            let content = try await data.content(image)
        else {
            try await cache.remove([id])
            return
        }
        let upload = core.ids.uuid()
        let limit = image.size ?? core.options.maxImageSize
        guard limit <= cache.limit else { throw ServiceError(.tooLarge, "The image is larger than the cache.") }
        let received = try await ImageCopy(image, of: content).read(from: core.web) { chunks in
            try await cache.files.receive(chunks, upload: upload, limit: limit, inspect: false)
        }
        try await cache.files.commit(upload, as: id)
        if try await !cache.store.noteCached(id, size: received.size, now: core.clock.now()) {
            try await cache.files.delete(id)
        }
    }
}
