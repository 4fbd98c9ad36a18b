package import Core
package import Database
package import FoundationEssentials

/// With whom images are shared.
package struct MemberStore: Sendable {
    let database: Database

    package init(_ database: Database) { self.database = database }

    package func list(_ image: ImageID) async throws -> [ImageMember] {
        try await database.query(
            "SELECT * FROM image_members WHERE image_id = \(image) ORDER BY created_at, member LIMIT 10000"
        ).map { try ImageMember($0) }
    }

    package func find(_ image: ImageID, _ member: ProjectID) async throws -> ImageMember? {
        try await database.first("SELECT * FROM image_members WHERE image_id = \(image) AND member = \(member)")
            .map { try ImageMember($0) }
    }

    /// - Throws: `.conflict` when the project is a member already; `.overQuota` past `limit`.
    package func insert(_ image: ImageID, _ member: ProjectID, limit: Int, now: Date) async throws -> ImageMember {
        do {
            try await database.transaction("add image member") { transaction in
                // The image's row is the lock under which members are counted.
                _ = try transaction.first("SELECT id FROM images WHERE id = \(image) FOR UPDATE")
                let count: Int =
                    try transaction.first("SELECT COUNT(*) AS n FROM image_members WHERE image_id = \(image)")?
                    .get("n") ?? 0
                guard count < limit else {
                    throw ServiceError(
                        .overQuota,
                        "The limit has been exceeded on the number of allowed image members for this image. "
                            + "Attempted: \(count + 1), Maximum: \(limit)")
                }
                try transaction.execute(
                    """
                    INSERT INTO image_members (image_id, member, status, created_at, updated_at)
                    VALUES (\(image), \(member), 'pending', \(now), \(now))
                    """)
            }
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(
                .conflict, "Image member \(member) already exists for image \(image)", cause: error)
        }
        return ImageMember(image: image, member: member, status: .pending, createdAt: now, updatedAt: now)
    }

    package func update(_ image: ImageID, _ member: ProjectID, _ status: MemberStatus, now: Date) async throws
        -> ImageMember?
    {
        let change = try await database.change(
            """
            UPDATE image_members SET status = \(status), updated_at = \(now)
            WHERE image_id = \(image) AND member = \(member)
            """,
            reading: "SELECT * FROM image_members WHERE image_id = \(image) AND member = \(member)")
        switch change {
        case .changed(let row), .conflict(let row): return try ImageMember(row)
        case .missing: return nil
        }
    }

    /// - Returns: whether there was such a member.
    package func delete(_ image: ImageID, _ member: ProjectID) async throws -> Bool {
        try await database.execute("DELETE FROM image_members WHERE image_id = \(image) AND member = \(member)") > 0
    }
}
