package import Core
package import Database
package import FoundationEssentials

/// Which images a host's cache has, or is to fetch. Each host tells of its own.
package struct CacheStore: Sendable {
    let database: Database
    let host: String

    package struct Entry: Sendable, Hashable {
        package let image: ImageID
        package let isCached: Bool
        package let hits: Int
        package let size: Int64
        package let lastAccessed: Date
        package let lastModified: Date
    }

    package init(_ database: Database, host: String) {
        self.database = database
        self.host = host
    }

    /// Cached and queued, by image.
    package func list(limit: Int = 10_000) async throws -> [Entry] {
        try await database.query(
            "SELECT * FROM cached_images WHERE host = \(host) ORDER BY image_id LIMIT \(limit)"
        ).map { row in
            Entry(
                image: try row.get("image_id"), isCached: try row.get("cached"), hits: try row.get("hits"),
                size: try row.get("size"), lastAccessed: try row.get("last_accessed"),
                lastModified: try row.get("last_modified"))
        }
    }

    /// Some of what is cached or queued.
    package func some(cached: Bool, queued: Bool, limit: Int) async throws -> [ImageID] {
        try await database.query(
            """
            SELECT image_id FROM cached_images
            WHERE host = \(host) AND (cached AND \(cached) OR NOT cached AND \(queued)) LIMIT \(limit)
            """
        ).map { try $0.get("image_id") }
    }

    /// Which of `images` are cached or queued: the file of one that is being fetched is there before it is noted.
    package func known(of images: [ImageID]) async throws -> Set<ImageID> {
        if images.isEmpty { return [] }
        return Set(
            try await database.query(
                "SELECT image_id FROM cached_images WHERE host = \(host) AND image_id IN \(anyOf: images)"
            ).map { try $0.get("image_id", as: ImageID.self) })
    }

    /// Bytes of all that is cached.
    package func bytes() async throws -> Int64 {
        try await database.first(
            """
            SELECT CAST(COALESCE(SUM(size), 0) AS SIGNED) AS bytes FROM cached_images WHERE host = \(host) AND cached
            """
        )?.get("bytes") ?? 0
    }

    /// What was not used for longest, with its bytes.
    package func leastUsed(limit: Int) async throws -> [(image: ImageID, size: Int64)] {
        try await database.query(
            """
            SELECT image_id, size FROM cached_images WHERE host = \(host) AND cached
            ORDER BY last_accessed, image_id LIMIT \(limit)
            """
        ).map { (try $0.get("image_id"), try $0.get("size")) }
    }

    /// Safe to repeat: what is cached or queued stays so.
    package func queue(_ image: ImageID, now: Date) async throws {
        try await database.execute(
            """
            INSERT IGNORE INTO cached_images (host, image_id, cached, hits, size, last_accessed, last_modified)
            VALUES (\(host), \(image), FALSE, 0, 0, \(now), \(now))
            """)
    }

    /// - Returns: whether the image is still wanted.
    package func noteCached(_ image: ImageID, size: Int64, now: Date) async throws -> Bool {
        try await database.execute(
            """
            UPDATE cached_images SET cached = TRUE, size = \(size), last_accessed = \(now), last_modified = \(now)
            WHERE host = \(host) AND image_id = \(image)
            """) > 0
    }

    package func noteHit(_ image: ImageID, now: Date) async throws {
        try await database.execute(
            """
            UPDATE cached_images SET hits = hits + 1, last_accessed = \(now)
            WHERE host = \(host) AND image_id = \(image) AND cached
            """)
    }

    /// - Returns: how many were there.
    @discardableResult
    package func remove(_ images: [ImageID]) async throws -> Int {
        if images.isEmpty { return 0 }
        return try await database.execute(
            "DELETE FROM cached_images WHERE host = \(host) AND image_id IN \(anyOf: images)")
    }

    /// What is to be fetched, the oldest wish first; bounded.
    package func queued() async throws -> [ImageID] {
        try await database.query(
            """
            SELECT image_id FROM cached_images WHERE host = \(host) AND NOT cached
            ORDER BY last_modified, image_id LIMIT 1000
            """
        ).map { try $0.get("image_id") }
    }

    /// Entries whose image is deleted; bounded.
    package func forgotten() async throws -> [ImageID] {
        try await database.query(
            """
            SELECT c.image_id FROM cached_images c LEFT JOIN images i ON i.id = c.image_id
            WHERE c.host = \(host) AND (i.id IS NULL OR i.status = 'deleted') LIMIT 1000
            """
        ).map { try $0.get("image_id") }
    }
}
