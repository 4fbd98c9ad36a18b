package import Core
package import Database
package import FoundationEssentials

/// The images' rows. Every write names the version or the state it starts from.
package struct ImageStore: Sendable {
    let database: Database

    package init(_ database: Database) { self.database = database }

    /// An image that is not deleted.
    package func find(_ id: ImageID) async throws -> Image? {
        try await database.first("SELECT * FROM images WHERE id = \(id) AND status <> 'deleted'").map { try Image($0) }
    }

    /// - Parameter maxImages: what the owner may have; 0 is no limit.
    /// - Throws: `.conflict` when the id is taken, also by a deleted image: ids are never used again;
    ///   `.overQuota` past the limit.
    package func insert(_ image: Image, maxImages: Int = 0) async throws {
        do {
            try await database.transaction("create image") { transaction in
                if maxImages > 0, let owner = image.owner {
                    try Self.lock(owner, in: transaction)
                    let count = try Self.usage(owner, in: transaction).images
                    guard count < maxImages else {
                        throw ServiceError(.overQuota, "The project has \(count) images; no more are allowed.")
                    }
                }
                try transaction.execute(Self.insertStatement(image))
            }
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(.conflict, "Image ID \(image.id) already exists!", cause: error)
        }
    }

    static func insertStatement(_ image: Image) -> SQL {
        """
        INSERT INTO images (id, name, owner, status, visibility, protected, os_hidden, disk_format,
            container_format, min_disk, min_ram, properties, tags, locations, created_at, updated_at)
        VALUES (\(image.id), \(image.name), \(image.owner), \(image.status), \(image.visibility),
            \(image.isProtected), \(image.isHidden), \(image.diskFormat), \(image.containerFormat),
            \(image.minDisk), \(image.minRAM), \(image.propertiesJSON), \(image.tagsJSON),
            \(image.locationsJSON), \(image.createdAt), \(image.updatedAt))
        """
    }

    /// Writes what a client may change, if nobody else has since `image.version`.
    package func update(_ image: Image, now: Date) async throws -> Change {
        try await database.change(
            """
            UPDATE images SET name = \(image.name), owner = \(image.owner), visibility = \(image.visibility),
                protected = \(image.isProtected), os_hidden = \(image.isHidden),
                disk_format = \(image.diskFormat), container_format = \(image.containerFormat),
                min_disk = \(image.minDisk), min_ram = \(image.minRAM), properties = \(image.propertiesJSON),
                tags = \(image.tagsJSON), locations = \(image.locationsJSON), status = \(image.status),
                checksum = \(image.checksum), os_hash_algo = \(image.hashAlgorithm),
                os_hash_value = \(image.hashDigest), size = \(image.size),
                updated_at = \(now), version = version + 1
            WHERE id = \(image.id) AND version = \(image.version) AND status <> 'deleted'
            """,
            reading: Self.reading(image.id))
    }

    /// Moves an image from one of `states` to another.
    package func move(_ id: ImageID, from states: [ImageStatus], to state: ImageStatus, now: Date) async throws
        -> Change
    {
        try await database.change(
            """
            UPDATE images SET status = \(state), updated_at = \(now), version = version + 1
            WHERE id = \(id) AND status IN \(anyOf: states)
            """,
            reading: Self.reading(id))
    }

    /// Begins an upload: from here on only `upload` may finish or abandon it.
    package func beginUpload(
        _ id: ImageID, as state: ImageStatus, from states: [ImageStatus], upload: String, host: String, now: Date
    ) async throws -> Change {
        try await database.change(
            """
            UPDATE images SET status = \(state), upload_id = \(upload), upload_host = \(host), updated_at = \(now),
                version = version + 1
            WHERE id = \(id) AND status IN \(anyOf: states)
            """,
            reading: Self.reading(id))
    }

    /// Makes an image active with the data that `upload` stored.
    /// - Parameter quota: bytes that the owner may store; 0 is no limit.
    /// - Throws: `.tooLarge` past the quota: uploads that run side by side each saw room for themselves.
    package func finishUpload(
        _ id: ImageID, upload: String, data: StoredData, location: ImageLocation, quota: Int64 = 0, now: Date
    ) async throws -> Change {
        let locations: JSONValue = .array([
            ["store": .string(location.store), "url": .string(location.url), "metadata": .object([:])]
        ])
        let update: SQL =
            """
            UPDATE images SET size = \(data.size), virtual_size = \(data.virtualSize),
                checksum = \(data.checksum), os_hash_algo = \(data.hashAlgorithm), os_hash_value = \(data.hashDigest),
                locations = \(locations), upload_id = NULL, upload_host = NULL, updated_at = \(now),
                properties = IF(status = 'importing', JSON_SET(properties, '$.os_glance_importing_to_stores', ''),
                    properties),
                status = 'active', version = version + 1
            WHERE id = \(id) AND status IN ('saving', 'importing') AND upload_id = \(upload)
            """
        return try await database.transaction("finish upload") { transaction in
            if quota > 0, let row = try transaction.first(Self.reading(id)),
                let owner = try row.get("owner", as: ProjectID?.self)
            {
                try Self.lock(owner, in: transaction)
                guard try Self.usage(owner, in: transaction).bytes + data.size <= quota else {
                    throw ServiceError(.tooLarge, "Image exceeds the storage quota: \(quota) bytes are allowed.")
                }
            }
            return try transaction.change(update, reading: Self.reading(id))
        }
    }

    /// Notes the size of staged data, which is not active yet.
    package func noteStaged(_ id: ImageID, upload: String, size: Int64, now: Date) async throws -> Change {
        try await database.change(
            """
            UPDATE images SET size = \(size), updated_at = \(now), version = version + 1
            WHERE id = \(id) AND status = 'uploading' AND upload_id = \(upload)
            """,
            reading: Self.reading(id))
    }

    /// Takes an image back to `queued` after an upload that failed. Nothing, when it is deleted meanwhile.
    /// - Parameter store: for an import, the store that it failed to reach; shown to the user.
    package func abandonUpload(_ id: ImageID, upload: String, failedStore store: String? = nil, now: Date) async throws
    {
        try await database.execute(
            """
            UPDATE images SET properties = IF(\(store) IS NULL, properties,
                    JSON_SET(properties, '$.os_glance_importing_to_stores', '', '$.os_glance_failed_import', \(store))),
                status = 'queued', size = NULL, upload_id = NULL, upload_host = NULL,
                updated_at = \(now), version = version + 1
            WHERE id = \(id) AND status IN ('saving', 'uploading', 'importing') AND upload_id = \(upload)
            """)
    }

    /// Uploads that a process on `host` left behind when it died.
    package func interruptedUploads(host: String) async throws -> [(ImageID, String)] {
        try await database.query(
            "SELECT id, upload_id FROM images WHERE status = 'saving' AND upload_host = \(host) LIMIT 1000"
        ).compactMap { row in
            guard let upload: String = try row.get("upload_id") else { return nil }
            return (try row.get("id"), upload)
        }
    }

    /// Marks an image deleted, with its members.
    package func delete(_ id: ImageID, now: Date) async throws -> Change {
        try await database.transaction("delete image") { transaction in
            let change = try transaction.change(
                """
                UPDATE images SET status = 'deleted', deleted_at = \(now), updated_at = \(now), purged = FALSE,
                    version = version + 1
                WHERE id = \(id) AND status <> 'deleted' AND protected = FALSE
                """,
                reading: "SELECT * FROM images WHERE id = \(id) AND (status <> 'deleted' OR deleted_at = \(now))")
            if case .changed = change {
                try transaction.execute("DELETE FROM image_members WHERE image_id = \(id)")
            }
            return change
        }
    }

    /// Deleted images whose data may still be there.
    package func unpurged(limit: Int) async throws -> [Image] {
        try await database.query("SELECT * FROM images WHERE status = 'deleted' AND purged = FALSE LIMIT \(limit)")
            .map { try Image($0) }
    }

    package func markPurged(_ id: ImageID) async throws {
        try await database.execute("UPDATE images SET purged = TRUE WHERE id = \(id) AND status = 'deleted'")
    }

    /// Whether an image has, or is about to have, data of its own.
    package func ownsData(_ id: ImageID) async throws -> Bool {
        try await database.first("SELECT id FROM images WHERE id = \(id) AND status <> 'deleted'") != nil
    }

    /// Bytes stored and images held by a project.
    package func usage(_ owner: ProjectID) async throws -> Usage {
        try await database.transaction("usage") { try Self.usage(owner, in: $0) }
    }

    /// Makes those who count a project's images wait for one another.
    private static func lock(_ owner: ProjectID, in transaction: Transaction) throws {
        try transaction.execute("INSERT IGNORE INTO projects (id) VALUES (\(owner))")
        _ = try transaction.first("SELECT id FROM projects WHERE id = \(owner) FOR UPDATE")
    }

    private static func usage(_ owner: ProjectID, in transaction: Transaction) throws -> Usage {
        let row = try transaction.first(
            """
            SELECT CAST(COALESCE(SUM(CASE WHEN status IN ('active', 'deactivated') THEN size ELSE 0 END), 0) AS SIGNED) AS bytes,
                CAST(COALESCE(SUM(CASE WHEN status IN ('uploading', 'importing') THEN size ELSE 0 END), 0) AS SIGNED) AS staged,
                COUNT(*) AS images,
                CAST(COALESCE(SUM(status IN ('saving', 'uploading', 'importing')), 0) AS SIGNED) AS uploading
            FROM images WHERE owner = \(owner) AND status <> 'deleted'
            """)
        guard let row else { return Usage(bytes: 0, staged: 0, images: 0, uploading: 0) }
        return Usage(
            bytes: try row.get("bytes"), staged: try row.get("staged"), images: try row.get("images"),
            uploading: try row.get("uploading"))
    }

    static func reading(_ id: ImageID) -> SQL { "SELECT * FROM images WHERE id = \(id) AND status <> 'deleted'" }
}

/// What a project has.
package struct Usage: Sendable, Hashable {
    package var bytes: Int64
    package var staged: Int64
    package var images: Int
    package var uploading: Int
}

/// What was learnt of an image's data while it was stored.
package struct StoredData: Sendable, Hashable, Codable {
    package var size: Int64
    package var virtualSize: Int64?
    package var checksum: String
    package var hashAlgorithm: String
    package var hashDigest: String
    /// The format that the content shows.
    package var format: String
}
