package import ComputeModel
package import Core
package import Database
package import FoundationEssentials

extension BlockDevice {
    package init(_ row: Row) throws {
        self.init(
            id: try row.get("id"), server: try row.get("server_id"), source: try row.get("source"),
            destination: try row.get("destination"), state: try row.get("state"))
        volume = try row.get("volume_id")
        image = try row.get("image_id")
        snapshot = try row.get("snapshot_id")
        attachment = try row.get("attachment_id")
        deviceName = try row.get("device_name")
        bootIndex = try row.get("boot_index")
        volumeGiB = try row.get("volume_gib")
        volumeType = try row.get("volume_type")
        deleteOnTermination = try row.get("delete_on_termination")
        tag = try row.get("tag")
        guestFormat = try row.get("guest_format")
        diskBus = try row.get("disk_bus")
        deviceType = try row.get("device_type")
    }
}

/// Disks of servers.
package enum BlockDeviceStore {
    /// - Throws: `.conflict` when the volume is attached to the server already.
    package static func insert(_ device: BlockDevice, at now: Date, in transaction: Transaction) throws {
        try insert([device], at: now, in: transaction)
    }

    /// - Throws: `.conflict` when a volume is attached to its server already.
    package static func insert(_ devices: [BlockDevice], at now: Date, in transaction: Transaction) throws {
        guard !devices.isEmpty else { return }
        let rows = devices.map { device -> SQL in
            """
            (\(device.id), \(device.server), \(device.source), \(device.destination), \(device.volume),
                \(device.image), \(device.snapshot), \(device.attachment), \(device.deviceName), \(device.bootIndex),
                \(device.volumeGiB), \(device.volumeType), \(device.deleteOnTermination), \(device.tag),
                \(device.guestFormat), \(device.diskBus), \(device.deviceType), \(device.state), \(now))
            """
        }
        try transaction.execute(
            """
            INSERT INTO block_devices (id, server_id, source, destination, volume_id, image_id, snapshot_id,
                attachment_id, device_name, boot_index, volume_gib, volume_type, delete_on_termination, tag,
                guest_format, disk_bus, device_type, state, created_at)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }

    /// Every disk of some servers, in boot order.
    package static func list(of servers: [ServerID], in database: Database) async throws -> [BlockDevice] {
        guard !servers.isEmpty else { return [] }
        return try await database.query(inBootOrder("server_id IN \(anyOf: servers)")).map(BlockDevice.init)
    }

    /// Every disk of a server, in boot order.
    package static func list(of server: ServerID, in transaction: Transaction) throws -> [BlockDevice] {
        try transaction.query(inBootOrder("server_id = \(server)")).map(BlockDevice.init)
    }

    /// The volumes of some servers, by server, in boot order.
    package static func volumes(
        of servers: [ServerID], in database: Database
    ) async throws -> [ServerID: [BlockDevice]] {
        guard !servers.isEmpty else { return [:] }
        let rows = try await database.query(
            inBootOrder("server_id IN \(anyOf: servers) AND destination = 'volume' AND volume_id IS NOT NULL"))
        return Dictionary(grouping: try rows.map(BlockDevice.init), by: \.server)
    }

    private static func inBootOrder(_ condition: SQL) -> SQL {
        """
        SELECT * FROM block_devices WHERE \(sql: condition)
        ORDER BY server_id, boot_index IS NULL, boot_index < 0, boot_index, created_at, id
        """
    }

    package static func find(_ id: String, in database: Database) async throws -> BlockDevice? {
        try await database.first("SELECT * FROM block_devices WHERE id = \(id)").map(BlockDevice.init)
    }

    package static func find(
        volume: VolumeID, of server: ServerID, in database: Database
    ) async throws -> BlockDevice? {
        try await database.first(
            "SELECT * FROM block_devices WHERE server_id = \(server) AND volume_id = \(volume)"
        ).map(BlockDevice.init)
    }

    /// Fills in what a step of the saga learned; nil leaves a column as it is.
    package static func update(
        _ id: String, volume: VolumeID? = nil, attachment: AttachmentID? = nil, device: String? = nil,
        state: BlockDevice.State? = nil, in database: Database
    ) async throws {
        try await database.execute(filling(id, volume, attachment, device, state))
    }

    package static func update(
        _ id: String, device: String?, state: BlockDevice.State, in transaction: Transaction
    ) throws {
        try transaction.execute(filling(id, nil, nil, device, state))
    }

    private static func filling(
        _ id: String, _ volume: VolumeID?, _ attachment: AttachmentID?, _ device: String?, _ state: BlockDevice.State?
    ) -> SQL {
        """
        UPDATE block_devices SET volume_id = COALESCE(\(volume), volume_id),
            attachment_id = COALESCE(\(attachment), attachment_id), device_name = COALESCE(\(device), device_name),
            state = COALESCE(\(state), state), version = version + 1
        WHERE id = \(id)
        """
    }

    /// Marks an attached disk as leaving, so that only one detach runs.
    package static func beginDetach(_ id: String, in transaction: Transaction) throws -> Change {
        try transaction.change(
            """
            UPDATE block_devices SET state = 'detaching', version = version + 1
            WHERE id = \(id) AND state = 'attached'
            """,
            reading: "SELECT * FROM block_devices WHERE id = \(id)")
    }

    package static func delete(_ id: String, in database: Database) async throws {
        try await database.execute("DELETE FROM block_devices WHERE id = \(id)")
    }

    package static func delete(_ id: String, in transaction: Transaction) throws {
        try transaction.execute("DELETE FROM block_devices WHERE id = \(id)")
    }
}
