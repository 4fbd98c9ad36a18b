package import Core
package import Database
package import FoundationEssentials

/// Volumes' rows. States move only by conditional updates.
package struct VolumeStore: Sendable {
    package let database: Database

    static let columns: SQL = """
        SELECT volumes.*, volume_types.name AS type_name FROM volumes
        LEFT JOIN volume_types ON volume_types.id = volumes.volume_type_id
        """

    static func one(_ id: VolumeID) -> SQL {
        "\(sql: columns) WHERE volumes.id = \(id) AND volumes.deleted_at IS NULL"
    }

    package func find(_ id: VolumeID, _ scope: Scope) async throws -> Volume {
        let row = try await database.first("\(sql: Self.one(id)) AND \(sql: scope.condition("volumes"))")
        guard let row else { throw Self.missing(id) }
        return try Volume(row)
    }

    package static func missing(_ id: VolumeID) -> ServiceError {
        ServiceError(.notFound, "Volume \(id) could not be found.")
    }

    package func list(_ filter: VolumeFilter, _ page: ListPage) async throws -> Listed<Volume> {
        let order = Keyset(columns: page.columns(Self.sortable, defaultKey: "created_at"))
        var conditions = filter.conditions
        if let marker = page.marker {
            let row = try await database.first(
                "\(sql: Self.columns) WHERE volumes.id = \(marker) AND \(sql: filter.scope.condition("volumes"))")
            guard let row else { throw ServiceError(.notFound, "Volume \(marker) could not be found.") }
            conditions.append(try order.after(row))
        }
        let rows = try await database.query(
            """
            \(sql: Self.columns) WHERE \(sql: .joined(conditions, separator: " AND "))
            ORDER BY \(sql: order.order) LIMIT \(page.limit) OFFSET \(page.offset)
            """)
        return Listed(try rows.map(Volume.init))
    }

    package func count(_ filter: VolumeFilter) async throws -> (count: Int, gigabytes: Int) {
        let row = try await database.first(
            """
            SELECT COUNT(*) AS n, COALESCE(SUM(size_gib), 0) AS size FROM volumes
            WHERE \(sql: .joined(filter.conditions, separator: " AND "))
            """)
        guard let row else { return (0, 0) }
        return (try row.get("n"), try row.get("size"))
    }

    package static let sortable: [String: @Sendable (Bool) -> Keyset.Column] = [
        "id": { .other("volumes.id", "id", $0) },
        "created_at": { .other("volumes.created_at", "created_at", $0) },
        "size": { .other("volumes.size_gib", "size_gib", $0) },
        "name": { .text("volumes.name", "name", $0) },
        "display_name": { .text("volumes.name", "name", $0) },
        "status": { .text("volumes.status", "status", $0) },
        "availability_zone": { .text("volumes.availability_zone", "availability_zone", $0) },
        "host": { .text("volumes.host", "host", $0) },
        "bootable": { .other("volumes.bootable", "bootable", $0) },
    ]

    // MARK: Writes

    package struct New: Sendable {
        package var id: VolumeID
        package var projectID: ProjectID
        package var userID: UserID?
        package var name: String?
        package var description: String?
        package var sizeGiB: Int
        package var status: VolumeStatus
        package var availabilityZone: String
        package var host: String
        package var type: VolumeTypeID?
        package var snapshot: SnapshotID?
        package var source: VolumeID?
        package var image: ImageID?
        package var isBootable: Bool
        package var isMultiattach: Bool
        package var metadata: [String: String]
        package var imageMetadata: [String: String]
    }

    static func insert(_ volume: New, now: Date, in transaction: Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO volumes (id, project_id, user_id, name, description, size_gib, status, availability_zone, host,
                volume_type_id, snapshot_id, source_volid, image_id, bootable, multiattach, metadata, image_metadata,
                created_at)
            VALUES (\(volume.id), \(volume.projectID), \(volume.userID), \(volume.name), \(volume.description),
                \(volume.sizeGiB), \(volume.status), \(volume.availabilityZone), \(volume.host), \(volume.type),
                \(volume.snapshot), \(volume.source), \(volume.image), \(volume.isBootable), \(volume.isMultiattach),
                \(StringMap.json(volume.metadata)), \(StringMap.json(volume.imageMetadata)), \(now))
            """)
    }

    /// The statement that moves a volume from one of `from` to `to`, if `condition` holds too.
    static func move(
        _ id: VolumeID, from: [VolumeStatus], to: VolumeStatus, setting: SQL = "", condition: SQL = "TRUE", now: Date
    ) -> SQL {
        """
        UPDATE volumes SET previous_status = status, status = \(to), updated_at = \(now),
            version = version + 1\(sql: setting)
        WHERE id = \(id) AND deleted_at IS NULL AND status IN \(anyOf: from) AND \(sql: condition)
        """
    }

    /// Moves a volume; the row as it then is, or a conflict.
    package func move(
        _ id: VolumeID, from: [VolumeStatus], to: VolumeStatus, setting: SQL = "", condition: SQL = "TRUE", now: Date
    ) async throws -> Change {
        try await database.change(
            Self.move(id, from: from, to: to, setting: setting, condition: condition, now: now),
            reading: Self.one(id))
    }

    /// Changes columns that are no state.
    private func set(_ id: VolumeID, _ assignments: SQL, now: Date) async throws -> Volume {
        let change = try await database.change(
            """
            UPDATE volumes SET \(sql: assignments), updated_at = \(now), version = version + 1
            WHERE id = \(id) AND deleted_at IS NULL
            """,
            reading: Self.one(id))
        switch change {
        case .changed(let row), .conflict(let row): return try Volume(row)
        case .missing: throw Self.missing(id)
        }
    }

    package func setName(_ id: VolumeID, _ name: String?, now: Date) async throws -> Volume {
        try await set(id, "name = \(name)", now: now)
    }

    package func setDescription(_ id: VolumeID, _ text: String?, now: Date) async throws -> Volume {
        try await set(id, "description = \(text)", now: now)
    }

    package func setBootable(_ id: VolumeID, _ value: Bool, now: Date) async throws -> Volume {
        try await set(id, "bootable = \(value)", now: now)
    }

    package func setReadOnly(_ id: VolumeID, _ value: Bool, now: Date) async throws -> Volume {
        try await set(id, "readonly = \(value)", now: now)
    }

    package func setMigrationStatus(_ id: VolumeID, _ text: String?, now: Date) async throws -> Volume {
        try await set(id, "migration_status = \(text)", now: now)
    }

    /// Changes one of the JSON maps under the row's lock.
    package func changeMap(
        _ id: VolumeID, _ column: MapColumn, now: Date,
        _ body: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws -> [String: String] {
        try await database.transaction("change-volume-map") { transaction in
            let row = try transaction.first("\(sql: Self.one(id)) FOR UPDATE")
            guard let row else { throw Self.missing(id) }
            var map = try StringMap.decode(row, column.rawValue)
            try body(&map)
            let name: SQL = column == .metadata ? "metadata" : "image_metadata"
            try transaction.execute(
                """
                UPDATE volumes SET \(sql: name) = \(StringMap.json(map)), updated_at = \(now), version = version + 1
                WHERE id = \(id)
                """)
            return map
        }
    }

    package enum MapColumn: String, Sendable {
        case metadata
        case imageMetadata = "image_metadata"
    }
}

extension Scope {
    func condition(_ table: StaticString) -> SQL {
        switch self {
        case .project(let project): .identifier(table) + ".project_id = \(project)"
        case .everything: "TRUE"
        }
    }
}
