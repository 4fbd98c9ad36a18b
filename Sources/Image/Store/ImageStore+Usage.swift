package import Core
import Database
import FoundationEssentials

extension ImageStore {
    /// Bytes stored and images held by a project.
    package func usage(_ owner: ProjectID) async throws -> Usage {
        try await database.transaction("usage") { try Self.usage(owner, in: $0) }
    }

    /// Makes those who count a project's images wait for one another.
    static func lock(_ owner: ProjectID, in transaction: Transaction) throws {
        try transaction.execute("INSERT IGNORE INTO projects (id) VALUES (\(owner))")
        _ = try transaction.first("SELECT id FROM projects WHERE id = \(owner) FOR UPDATE")
    }

    /// - Parameters:
    ///   - growth: bytes that the owner is to store beyond what it does.
    ///   - quota: bytes that it may store.
    /// - Throws: `.tooLarge` past the quota: those that run side by side each saw room for themselves.
    static func checkQuota(
        _ owner: ProjectID, growth: Int64, quota: Int64, in transaction: Transaction
    ) throws {
        try lock(owner, in: transaction)
        guard growth <= quota - (try usage(owner, in: transaction)).bytes else {
            throw ServiceError(.tooLarge, "Image exceeds the storage quota: \(quota) bytes are allowed.")
        }
    }

    /// Counts `more` bytes that are made of an image's staged ones beside those, as its size until it is known.
    /// - Throws: `.tooLarge` past the quota; `.gone` when `upload` does not hold the image any more.
    func reserve(
        _ id: ImageID, heldBy upload: String, staged: Int64, more: Int64, quota: Int64, now: Date
    ) async throws {
        try await database.transaction("reserve room") { transaction in
            guard
                let row = try transaction.first(
                    """
                    SELECT * FROM images WHERE id = \(id) AND upload_id = \(upload) AND status = 'importing' FOR UPDATE
                    """)
            else { throw ServiceError(.gone, "The image was deleted.") }
            var image = try Image(row)
            if quota > 0, let owner = image.owner {
                try Self.lock(owner, in: transaction)
                let used = try Self.usage(owner, in: transaction)
                let others = used.staged - (image.size ?? 0)
                guard more <= quota - used.bytes - others - staged else {
                    throw ServiceError(
                        .tooLarge, "The image is too large when it is converted: \(quota) bytes are allowed.")
                }
            }
            image.size = staged + more
            try transaction.execute(Self.updateStatement(image, now: now))
        }
    }

    /// Every copy of an image counts, as in Glance. Sums past what fits in a column are that.
    static func usage(_ owner: ProjectID, in transaction: Transaction) throws -> Usage {
        let row = try transaction.first(
            """
            SELECT CAST(LEAST(COALESCE(SUM(CASE WHEN status IN ('active', 'deactivated')
                        THEN CAST(size AS DECIMAL(30)) * JSON_LENGTH(locations) ELSE 0 END), 0), \(Int64.max)) AS SIGNED)
                    AS bytes,
                CAST(LEAST(COALESCE(SUM(CASE WHEN status IN ('uploading', 'importing') THEN size ELSE 0 END), 0),
                        \(Int64.max)) AS SIGNED) AS staged,
                COUNT(*) AS images,
                CAST(COALESCE(SUM(status IN ('saving', 'uploading', 'importing')), 0) AS SIGNED) AS uploading
            FROM images WHERE owner = \(owner) AND status <> 'deleted'
            """)
        guard let row else { return Usage(bytes: 0, staged: 0, images: 0, uploading: 0) }
        return Usage(
            bytes: try row.get("bytes"), staged: try row.get("staged"), images: try row.get("images"),
            uploading: try row.get("uploading"))
    }
}

/// What a project has.
package struct Usage: Sendable, Hashable {
    package var bytes: Int64
    package var staged: Int64
    package var images: Int
    package var uploading: Int
}
