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

    /// Writes what may change of an image, if nobody else has since `image.version`.
    package func update(_ image: Image, now: Date) async throws -> Change {
        try await database.change(Self.updateStatement(image, now: now), reading: Self.reading(image.id))
    }

    /// The same where the image may have grown, which is refused past its owner's quota.
    ///
    /// - Parameters:
    ///   - before: the image as it was read.
    ///   - quota: bytes that the owner may store; 0 is no limit.
    ///   - along: what else is done once the image is changed.
    /// - Throws: `.tooLarge` past the quota.
    func update(
        _ image: Image, from before: Image, quota: Int64, now: Date, along: (@Sendable (Transaction) throws -> Void)?
    ) async throws -> Change {
        let growth = image.storedBytes - before.storedBytes
        let grows = quota > 0 && growth > 0 && image.owner != nil
        guard grows || along != nil else { return try await update(image, now: now) }
        return try await database.transaction("change image") { transaction in
            if grows, let owner = image.owner {
                try Self.checkQuota(owner, growth: growth, quota: quota, in: transaction)
            }
            let change = try transaction.change(
                Self.updateStatement(image, now: now), reading: Self.reading(image.id))
            if case .changed = change { try along?(transaction) }
            return change
        }
    }

    /// - Parameter releasing: whether the hold on the image ends with it.
    static func updateStatement(_ image: Image, releasing: Bool = false, now: Date) -> SQL {
        let release: SQL = releasing ? ", upload_id = NULL, upload_host = NULL" : ""
        return
            """
            UPDATE images SET name = \(image.name), owner = \(image.owner), visibility = \(image.visibility),
                protected = \(image.isProtected), os_hidden = \(image.isHidden),
                disk_format = \(image.diskFormat), container_format = \(image.containerFormat),
                min_disk = \(image.minDisk), min_ram = \(image.minRAM), properties = \(image.propertiesJSON),
                tags = \(image.tagsJSON), locations = \(image.locationsJSON), status = \(image.status),
                checksum = \(image.checksum), os_hash_algo = \(image.hashAlgorithm),
                os_hash_value = \(image.hashDigest), size = \(image.size), virtual_size = \(image.virtualSize),
                updated_at = \(now), version = version + 1\(sql: release)
            WHERE id = \(image.id) AND version = \(image.version) AND status <> 'deleted'
            """
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
            WHERE id = \(id) AND status IN \(anyOf: states) AND upload_id IS NULL
            """,
            reading: Self.reading(id))
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
    package func abandonUpload(_ id: ImageID, upload: String, now: Date) async throws {
        try await database.execute(
            """
            UPDATE images SET status = 'queued', size = NULL, upload_id = NULL, upload_host = NULL,
                updated_at = \(now), version = version + 1
            WHERE id = \(id) AND status IN ('saving', 'uploading') AND upload_id = \(upload)
            """)
    }

    /// Uploads that a process on `host` left behind when it died.
    package func interruptedUploads(host: String) async throws -> [(ImageID, String)] {
        try await database.query(
            """
            SELECT id, upload_id FROM images WHERE upload_host = \(host)
                AND (status = 'saving' OR status = 'uploading' AND size IS NULL) LIMIT 1000
            """
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

    /// Deleted images whose data may still be there, by id, after one of them.
    package func unpurged(after id: ImageID? = nil, limit: Int) async throws -> [ImageID] {
        try await database.query(
            """
            SELECT id FROM images WHERE status = 'deleted' AND purged = FALSE AND id > \(id?.rawValue ?? "")
            ORDER BY id LIMIT \(limit)
            """
        ).map { try $0.get("id") }
    }

    package func markPurged(_ id: ImageID) async throws {
        try await database.execute("UPDATE images SET purged = TRUE WHERE id = \(id) AND status = 'deleted'")
    }

    static func reading(_ id: ImageID) -> SQL { "SELECT * FROM images WHERE id = \(id) AND status <> 'deleted'" }
}
