package import Core
import Database
package import FoundationEssentials

/// An image is held by whoever works on its data: one upload, import, copy or cleaning at a time.
extension ImageStore {
    /// Changes an image that `upload` holds: read under a lock, changed, written.
    ///
    /// - Parameters:
    ///   - releasing: whether the hold ends with this change.
    ///   - quota: bytes that the owner may store; 0 is no limit.
    /// - Returns: nil when `upload` does not hold the image: it was deleted, or the work is over.
    /// - Throws: `.tooLarge` past the quota: uploads that run side by side each saw room for themselves.
    package func edit(
        _ id: ImageID, heldBy upload: String, releasing: Bool = false, quota: Int64 = 0, now: Date,
        _ change: @escaping @Sendable (inout Image) throws -> Void = { _ in }
    ) async throws -> Image? {
        try await database.transaction("edit held image") { transaction -> Image? in
            guard
                let row = try transaction.first(
                    """
                    SELECT * FROM images WHERE id = \(id) AND upload_id = \(upload) AND status <> 'deleted' FOR UPDATE
                    """)
            else { return nil }
            let before = try Image(row)
            var image = before
            try change(&image)
            let growth = image.storedBytes - before.storedBytes
            if quota > 0, growth > 0, let owner = image.owner {
                try Self.checkQuota(owner, growth: growth, quota: quota, in: transaction)
            }
            if image != before || releasing {
                try transaction.execute(Self.updateStatement(image, releasing: releasing, now: now))
            }
            return image
        }
    }

    /// Holds an image in one of `states` that nobody holds, without changing it.
    func hold(
        _ id: ImageID, in states: [ImageStatus], as upload: String, host: String, now: Date
    ) async throws -> Change {
        try await database.change(
            """
            UPDATE images SET upload_id = \(upload), upload_host = \(host), version = version + 1
            WHERE id = \(id) AND status IN \(anyOf: states) AND upload_id IS NULL
            """,
            reading: Self.reading(id))
    }

    /// Ends the holds on images with data that a process on `host` left when it died. Sagas' holds name no host.
    package func releaseInterrupted(host: String) async throws {
        try await database.execute(
            """
            UPDATE images SET upload_id = NULL, upload_host = NULL
            WHERE upload_host = \(host) AND status IN ('queued', 'active', 'deactivated')
            """)
    }

    /// Which of `uploads` still hold an image.
    package func holding(_ uploads: [String]) async throws -> Set<String> {
        guard !uploads.isEmpty else { return [] }
        return Set(
            try await database.query(
                "SELECT upload_id FROM images WHERE upload_id IN \(anyOf: uploads) AND status <> 'deleted'"
            ).map { try $0.get("upload_id", as: String.self) })
    }

    /// Those of `ids` that there are or were.
    package func findAny(_ ids: [ImageID]) async throws -> [ImageID: Image] {
        guard !ids.isEmpty else { return [:] }
        let images = try await database.query(
            "SELECT * FROM images WHERE id IN \(anyOf: ids)"
        ).map { try Image($0) }
        return Dictionary(images.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
