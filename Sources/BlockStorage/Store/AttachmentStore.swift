package import Core
package import Database
package import FoundationEssentials

/// Attachments' rows.
package struct AttachmentStore: Sendable {
    package let database: Database

    static func one(_ id: AttachmentID) -> SQL {
        "SELECT * FROM attachments WHERE id = \(id) AND deleted_at IS NULL"
    }

    package static func missing(_ id: AttachmentID) -> ServiceError {
        ServiceError(.notFound, "Volume attachment could not be found with filter: attachment_id = \(id).")
    }

    package func find(_ id: AttachmentID, _ scope: Scope) async throws -> Attachment {
        let row = try await database.first("\(sql: Self.one(id)) AND \(sql: scope.condition("attachments"))")
        guard let row else { throw Self.missing(id) }
        return try Attachment(row)
    }

    /// The attachments of many volumes, in one query.
    package func ofVolumes(_ volumes: [VolumeID]) async throws -> [VolumeID: [Attachment]] {
        guard !volumes.isEmpty else { return [:] }
        let rows = try await database.query(
            """
            SELECT * FROM attachments WHERE volume_id IN \(anyOf: volumes) AND deleted_at IS NULL ORDER BY created_at, id
            """)
        return Dictionary(grouping: try rows.map(Attachment.init), by: \.volume)
    }

    static func ofVolume(_ volume: VolumeID, in transaction: Transaction) throws -> [Attachment] {
        try transaction.query(
            "SELECT * FROM attachments WHERE volume_id = \(volume) AND deleted_at IS NULL ORDER BY created_at FOR UPDATE"
        ).map(Attachment.init)
    }

    package struct Filter: Sendable {
        package var scope: Scope
        package var volume: String?
        package var instance: String?
        package var status: String?

        package init(scope: Scope) { self.scope = scope }
    }

    package func list(_ filter: Filter, _ page: ListPage) async throws -> Listed<Attachment> {
        var conditions: [SQL] = ["deleted_at IS NULL", filter.scope.condition("attachments")]
        if let volume = filter.volume { conditions.append("volume_id = \(volume)") }
        if let instance = filter.instance { conditions.append("instance_uuid = \(instance)") }
        if let status = filter.status { conditions.append("status = \(status)") }
        if let marker = page.marker {
            conditions.append("(created_at, id) < (SELECT created_at, id FROM attachments WHERE id = \(marker))")
        }
        let rows = try await database.query(
            """
            SELECT * FROM attachments WHERE \(sql: .joined(conditions, separator: " AND "))
            ORDER BY created_at DESC, id DESC LIMIT \(page.limit) OFFSET \(page.offset)
            """)
        return Listed(try rows.map(Attachment.init))
    }

    /// Every attachment that a host may be using: what must be exported.
    package func connected() async throws -> [Attachment] {
        try await database.query(
            """
            SELECT * FROM attachments WHERE deleted_at IS NULL AND connector IS NOT NULL AND status <> 'detaching'
            """
        ).map(Attachment.init)
    }

    /// Attachments whose removal was begun before `limit` and has not ended.
    package func halfRemoved(before limit: Date) async throws -> [Attachment] {
        try await database.query(
            """
            SELECT * FROM attachments WHERE deleted_at IS NULL AND status = 'detaching' AND updated_at < \(limit)
            LIMIT 100
            """
        ).map(Attachment.init)
    }

    static func insert(
        _ id: AttachmentID, of volume: Volume, instance: ServerID?, status: AttachStatus, mode: String,
        device: String?, host: String?, now: Date, in transaction: Transaction
    ) throws {
        let attached: Date? = status == .attached ? now : nil
        try transaction.execute(
            """
            INSERT INTO attachments (id, volume_id, project_id, instance_uuid, status, mode, mountpoint, attached_host,
                attached_at, created_at)
            VALUES (\(id), \(volume.id), \(volume.projectID), \(instance), \(status), \(mode), \(device), \(host),
                \(attached), \(now))
            """)
    }
}
