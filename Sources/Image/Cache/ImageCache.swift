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

    /// The cache that the settings ask for, with its folders.
    static func prepare(
        _ options: ImageOptions, _ database: Database, host: String, clock: WallClock
    ) async throws -> ImageCache? {
        guard let folder = options.cacheFolder else { return nil }
        let files = FileStore(
            id: "cache", root: folder, pool: BlockingPool(name: "image-cache", threads: 4, maxQueue: 1024))
        try await files.prepare()
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
        for image in images { try await files.delete(image) }
        return count
    }

    func clear(cached: Bool, queued: Bool) async throws {
        try await remove(try await store.list().filter { $0.isCached ? cached : queued }.map(\.image))
    }

    /// Removes what was not used for longest, until the rest fits.
    func prune() async throws -> (files: Int, bytes: Int64) {
        let cached = try await store.list().filter(\.isCached).sorted { $0.lastAccessed < $1.lastAccessed }
        var total = cached.reduce(0) { $0 + $1.size }
        var chosen: [CacheStore.Entry] = []
        for entry in cached where total > limit {
            total -= entry.size
            chosen.append(entry)
        }
        try await remove(chosen.map(\.image))
        return (chosen.count, chosen.reduce(0) { $0 + $1.size })
    }

    /// Removes what is of no image, and files that no entry tells of.
    func clean() async throws {
        try await remove(try await store.forgotten())
        let known = Set(try await store.list().filter(\.isCached).map(\.image))
        for id in try await files.storedImages(limit: 10_000).ids where !known.contains(ImageID(id)) {
            try await files.delete(ImageID(id))
        }
    }
}

/// Fetches what is queued, one image after the other, and keeps the cache in its limits.
struct CacheWorker: Sendable {
    let cache: ImageCache
    let core: ImageCore
    let data: ImageDataService

    func run() async throws {
        try await cache.clean()
        while let id = try await cache.store.next() {
            do {
                try await fetch(id)
            } catch let error as ServiceError where error.code != .unavailable {
                core.logger.warning(
                    "An image cannot be cached",
                    metadata: [LogKey.image: "\(id)", LogKey.error: "\(describeError(error))"])
                try await cache.remove([id])
            }
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
        let received: Received =
            switch content {
            case .file(let file): try await cache.files.receive(file, upload: upload, limit: limit, inspect: false)
            case .web(let url, _):
                try await core.web.fetch(url) { chunks in
                    try await cache.files.receive(chunks, upload: upload, limit: limit, inspect: false)
                }
            }
        let isWhole = received.size == image.size
        let isRight = image.hashAlgorithm != DataHasher.algorithm || image.hashDigest ?? received.hash == received.hash
        guard isWhole, isRight else {
            try await cache.files.discard(upload)
            throw ServiceError(.badGateway, "The image's data does not match its size or hash.")
        }
        try await cache.files.commit(upload, as: id)
        if try await !cache.store.noteCached(id, size: received.size, now: core.clock.now()) {
            try await cache.files.delete(id)
        }
    }
}
