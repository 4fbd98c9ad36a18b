package import Core
package import Database
package import FoundationEssentials

/// Snapshots' rows.
package struct SnapshotStore: Sendable {
    package let database: Database

    static func one(_ id: SnapshotID) -> SQL {
        "SELECT * FROM snapshots WHERE id = \(id) AND deleted_at IS NULL"
    }

    package func find(_ id: SnapshotID, _ scope: Scope) async throws -> Snapshot {
        let row = try await database.first("\(sql: Self.one(id)) AND \(sql: scope.condition("snapshots"))")
        guard let row else { throw Self.missing(id) }
        return try Snapshot(row)
    }

    package static func missing(_ id: SnapshotID) -> ServiceError {
        ServiceError(.notFound, "Snapshot \(id) could not be found.")
    }

    package struct Filter: Sendable {
        package var scope: Scope
        package var name: String?
        package var status: String?
        package var volume: String?
        package var metadata: [String: String] = [:]

        package init(scope: Scope) { self.scope = scope }

        var conditions: [SQL] {
            var list: [SQL] = ["snapshots.deleted_at IS NULL", scope.condition("snapshots")]
            if let name { list.append("name = \(name)") }
            if let status { list.append("status = \(status)") }
            if let volume { list.append("volume_id = \(volume)") }
            if !metadata.isEmpty { list.append("JSON_CONTAINS(metadata, \(StringMap.json(metadata)))") }
            return list
        }
    }

    package static let sortable: [String: @Sendable (Bool) -> Keyset.Column] = [
        "id": { .other("snapshots.id", "id", $0) },
        "created_at": { .other("snapshots.created_at", "created_at", $0) },
        "name": { .text("snapshots.name", "name", $0) },
        "display_name": { .text("snapshots.name", "name", $0) },
        "status": { .text("snapshots.status", "status", $0) },
        "volume_id": { .text("snapshots.volume_id", "volume_id", $0) },
    ]

    package func list(_ filter: Filter, _ page: ListPage) async throws -> Listed<Snapshot> {
        let order = Keyset(columns: page.columns(Self.sortable, defaultKey: "created_at"))
        var conditions = filter.conditions
        if let marker = page.marker {
            let row = try await database.first(
                "SELECT * FROM snapshots WHERE id = \(marker) AND \(sql: filter.scope.condition("snapshots"))")
            guard let row else { throw ServiceError(.notFound, "Snapshot \(marker) could not be found.") }
            conditions.append(try order.after(row))
        }
        let rows = try await database.query(
            """
            SELECT * FROM snapshots WHERE \(sql: .joined(conditions, separator: " AND "))
            ORDER BY \(sql: order.order) LIMIT \(page.limit) OFFSET \(page.offset)
            """)
        return Listed(try rows.map(Snapshot.init))
    }

    package func count(_ filter: Filter) async throws -> Int {
        let row = try await database.first(
            "SELECT COUNT(*) AS n FROM snapshots WHERE \(sql: .joined(filter.conditions, separator: " AND "))")
        return try row?.get("n") ?? 0
    }

    package func gigabytes() async throws -> Int {
        let row = try await database.first(
            "SELECT COALESCE(SUM(size_gib), 0) AS size FROM snapshots WHERE deleted_at IS NULL")
        return try row?.get("size") ?? 0
    }

    static func ofVolume(_ volume: VolumeID, in transaction: Transaction) throws -> [Snapshot] {
        try transaction.query("SELECT * FROM snapshots WHERE volume_id = \(volume) AND deleted_at IS NULL FOR UPDATE")
            .map(Snapshot.init)
    }

    static func insert(
        _ id: SnapshotID, of volume: Volume, name: String?, description: String?, metadata: [String: String],
        userID: UserID?, now: Date, in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO snapshots (id, project_id, user_id, volume_id, name, description, size_gib, status, metadata,
                created_at)
            VALUES (\(id), \(volume.projectID), \(userID), \(volume.id), \(name), \(description), \(volume.sizeGiB),
                'creating', \(StringMap.json(metadata)), \(now))
            """)
    }

    static func move(_ id: SnapshotID, from: [SnapshotStatus], to: SnapshotStatus, now: Date) -> SQL {
        """
        UPDATE snapshots SET status = \(to), updated_at = \(now), version = version + 1
        WHERE id = \(id) AND deleted_at IS NULL AND status IN \(anyOf: from)
        """
    }

    /// Marks several as being deleted, from any status.
    static func deleting(_ ids: [SnapshotID], now: Date, in transaction: Transaction) throws {
        guard !ids.isEmpty else { return }
        try transaction.execute(
            """
            UPDATE snapshots SET status = \(SnapshotStatus.deleting), updated_at = \(now), version = version + 1
            WHERE id IN \(anyOf: ids) AND deleted_at IS NULL
            """)
    }

    private func set(_ id: SnapshotID, _ assignments: SQL, now: Date) async throws -> Snapshot {
        let change = try await database.change(
            """
            UPDATE snapshots SET \(sql: assignments), updated_at = \(now), version = version + 1
            WHERE id = \(id) AND deleted_at IS NULL
            """,
            reading: Self.one(id))
        switch change {
        case .changed(let row), .conflict(let row): return try Snapshot(row)
        case .missing: throw Self.missing(id)
        }
    }

    package func setName(_ id: SnapshotID, _ name: String?, now: Date) async throws -> Snapshot {
        try await set(id, "name = \(name)", now: now)
    }

    package func setDescription(_ id: SnapshotID, _ text: String?, now: Date) async throws -> Snapshot {
        try await set(id, "description = \(text)", now: now)
    }

    /// A step that a hypervisor reports of the snapshot it makes.
    /// - Throws: `.badRequest` when the snapshot has moved meanwhile.
    package func report(
        _ id: SnapshotID, from: SnapshotStatus, to: SnapshotStatus, progress: String?, now: Date
    ) async throws {
        let matched = try await database.execute(
            """
            UPDATE snapshots SET status = \(to), progress = COALESCE(\(progress), progress), updated_at = \(now),
                version = version + 1
            WHERE id = \(id) AND deleted_at IS NULL AND status = \(from)
            """)
        guard matched > 0 else { throw ServiceError(.badRequest, "The snapshot's status has changed; try again.") }
    }

    package func setStatus(_ id: SnapshotID, _ status: SnapshotStatus, now: Date) async throws -> Snapshot {
        try await set(id, "status = \(status)", now: now)
    }

    package func changeMetadata(
        _ id: SnapshotID, now: Date, _ body: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws -> [String: String] {
        try await database.transaction("change-snapshot-metadata") { transaction in
            guard let row = try transaction.first("\(sql: Self.one(id)) FOR UPDATE") else { throw Self.missing(id) }
            var map = try StringMap.decode(row, "metadata")
            try body(&map)
            try transaction.execute(
                """
                UPDATE snapshots SET metadata = \(StringMap.json(map)), updated_at = \(now), version = version + 1
                WHERE id = \(id)
                """)
            return map
        }
    }
}
