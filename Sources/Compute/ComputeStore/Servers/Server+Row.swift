package import ComputeModel
package import Database

extension Server {
    /// A row of `servers`.
    package init(_ row: Row) throws {
        var documents = ServerDocuments()
        try self.init(row, &documents)
    }

    /// Rows of `servers`.
    static func list(_ rows: [Row]) throws -> [Server] {
        var documents = ServerDocuments()
        return try rows.map { try Server($0, &documents) }
    }

    private init(_ row: Row, _ documents: inout ServerDocuments) throws {
        self.init(
            id: try row.get("id"), number: try row.get("number"), project: try row.get("project_id"),
            user: try row.get("user_id"), name: try row.get("name"), hostname: try row.get("hostname"),
            reservationID: try row.get("reservation_id"), flavor: try documents.flavors.read(row, "flavor"),
            image: try documents.images.readOptional(row, "image"), createdAt: try row.get("created_at"))
        description = try row.get("description")
        launchIndex = try row.get("launch_index")
        vmState = try row.get("vm_state")
        taskState = try row.get("task_state")
        powerState = try row.get("power_state")
        progress = try row.get("progress")
        isLocked = try row.get("is_locked")
        lockedBy = try row.get("locked_by")
        lockedReason = try row.get("locked_reason")
        host = try row.get("host")
        node = try row.get("node")
        requestedZone = try row.get("requested_zone")
        zone = try row.get("zone")
        requestedHost = try row.get("requested_host")
        schedulerHints = try row.get("scheduler_hints")
        keyName = try row.get("key_name")
        publicKey = try row.get("public_key")
        userData = try row.get("user_data")
        configDrive = try row.get("config_drive")
        diskConfig = try row.get("disk_config")
        rootDeviceName = try row.get("root_device_name")
        accessIPv4 = try row.get("access_ip_v4")
        accessIPv6 = try row.get("access_ip_v6")
        securityGroups = try documents.securityGroups.read(row, "security_groups")
        networkInfo = try row.document("network_info")
        updatedAt = try row.get("updated_at")
        launchedAt = try row.get("launched_at")
        terminatedAt = try row.get("terminated_at")
        deletedAt = try row.get("deleted_at")
        version = try row.get("version")
    }
}

/// The documents of servers that are read together.
private struct ServerDocuments {
    var flavors = SharedDocument<FlavorSpec>()
    var images = SharedDocument<ImageSpec>()
    var securityGroups = SharedDocument<[String]>()
}
