package import ComputeModel
package import Core
package import Database
package import FoundationEssentials

/// The `servers` table: rows come in once and move only by conditional updates.
package enum ServerStore {
    package static func find(_ id: ServerID, in database: Database) async throws -> Server? {
        try await database.sharedFirst("SELECT * FROM servers WHERE id = \(id)") { try Server($0) }
    }

    package static func find(_ id: ServerID, in transaction: Transaction) throws -> Server? {
        try transaction.first("SELECT * FROM servers WHERE id = \(id)").map(Server.init)
    }

    /// The row, held until the transaction ends: for what must see the server not move.
    package static func lock(_ id: ServerID, in transaction: Transaction) throws -> Server? {
        try transaction.first("SELECT * FROM servers WHERE id = \(id) FOR UPDATE").map(Server.init)
    }

    package static func insert(_ server: Server, in transaction: Transaction) throws {
        try insert([server], in: transaction)
    }

    package static func insert(_ servers: [Server], in transaction: Transaction) throws {
        guard !servers.isEmpty else { return }
        try transaction.execute(
            """
            INSERT INTO servers (id, project_id, user_id, name, description, hostname, reservation_id, launch_index,
                vm_state, task_state, power_state, is_locked, requested_zone, requested_host, scheduler_hints,
                flavor_id, flavor, vcpus, memory_mib, image_id, image, key_name, public_key, user_data, config_drive,
                disk_config, root_device_name, access_ip_v4, access_ip_v6, security_groups, network_info, created_at)
            VALUES \(sql: .joined(try servers.map { try row($0) }, separator: ", "))
            """)
    }

    private static func row(_ server: Server) throws -> SQL {
        let image = try server.image.map { try jsonColumn($0) }
        return """
            (\(server.id), \(server.project), \(server.user), \(server.name), \(server.description),
                \(server.hostname), \(server.reservationID), \(server.launchIndex), \(server.vmState),
                \(server.taskState), \(server.powerState), FALSE, \(server.requestedZone), \(server.requestedHost),
                \(server.schedulerHints), \(server.flavor.id), \(try jsonColumn(server.flavor)),
                \(server.flavor.vcpus), \(server.flavor.memoryMiB), \(server.image?.id), \(image), \(server.keyName),
                \(server.publicKey), \(server.userData), \(server.configDrive), \(server.diskConfig),
                \(server.rootDeviceName), \(server.accessIPv4), \(server.accessIPv6),
                \(try jsonColumn(server.securityGroups)), \(try jsonColumn(server.networkInfo)), \(server.createdAt))
            """
    }

    /// Starts an action: sets its task on a server whose states allow it, and counts the version up.
    ///
    /// Safe to repeat: a second call finds the task set and answers `.conflict`.
    /// - Returns: the new row; or the row as it is, when it does not allow the action; or that there is none.
    package static func begin(
        _ transition: ServerTransition, on id: ServerID, at now: Date, in transaction: Transaction
    ) throws -> Change {
        var tasks: SQL = "(task_state IS NULL"
        switch transition.tasks {
        case .idle: tasks += ")"
        case .any: tasks = "(TRUE)"
        case .among(let others): tasks += " OR task_state IN \(anyOf: others))"
        }
        let task: SQL = transition.task.map { ", task_state = \($0)" } ?? ""
        return try transaction.change(
            """
            UPDATE servers SET version = version + 1, updated_at = \(now)\(sql: task)
            WHERE id = \(id) AND vm_state IN \(anyOf: transition.states) AND \(sql: tasks) AND deleted_at IS NULL
            """,
            reading: "SELECT * FROM servers WHERE id = \(id) AND deleted_at IS NULL")
    }

    /// Moves the task of a server that is still at one of `from` to another.
    package static func setTask(
        _ task: TaskState?, from: [TaskState], on id: ServerID, at now: Date, in database: Database,
        telling announcement: Announcement? = nil
    ) async throws -> Change {
        try await database.changeServer(
            id,
            """
            UPDATE servers SET task_state = \(task), version = version + 1, updated_at = \(now)
            WHERE id = \(id) AND task_state IN \(anyOf: from) AND deleted_at IS NULL
            """, announcement)
    }

    /// Where a server that is being built goes.
    package static func place(
        _ id: ServerID, host: String, node: String, zone: String, at now: Date, in database: Database,
        telling announcement: Announcement? = nil
    ) async throws -> Change {
        try await database.changeServer(
            id,
            """
            UPDATE servers SET host = \(host), node = \(node), zone = \(zone), version = version + 1,
                updated_at = \(now)
            WHERE id = \(id) AND vm_state = 'building' AND deleted_at IS NULL
                AND (task_state IS NULL OR task_state <> 'deleting')
            """, announcement)
    }

    /// Ends a task: the server becomes `state` and idle. Only while the task is still one of `tasks`.
    package static func finish(
        _ id: ServerID, tasks: [TaskState], state: VMState, power: PowerState, at now: Date, in database: Database,
        telling announcement: Announcement? = nil
    ) async throws -> Change {
        try await database.changeServer(
            id,
            """
            UPDATE servers SET vm_state = \(state), power_state = \(power), task_state = NULL, version = version + 1,
                updated_at = \(now),
                launched_at = IF(\(state) = 'active' AND launched_at IS NULL, \(now), launched_at)
            WHERE id = \(id) AND task_state IN \(anyOf: tasks) AND deleted_at IS NULL
            """, announcement)
    }

    /// What the hypervisor says of an idle server: its power state, and the stable state that follows from it.
    package static func observe(
        _ id: ServerID, power: PowerState, state: VMState, from: [VMState], at now: Date, in database: Database,
        telling announcement: Announcement? = nil
    ) async throws -> Change {
        try await database.changeServer(
            id,
            """
            UPDATE servers SET vm_state = \(state), power_state = \(power), version = version + 1, updated_at = \(now)
            WHERE id = \(id) AND task_state IS NULL AND vm_state IN \(anyOf: from) AND deleted_at IS NULL
            """, announcement)
    }

    /// Puts a server into ERROR with the reason. A server that is being deleted stays so.
    /// - Parameter also: done in the same transaction, when it is put there.
    package static func fail(
        _ id: ServerID, _ fault: ServerFault, tasks: [TaskState], at now: Date, in database: Database,
        telling announcement: Announcement? = nil,
        also: @escaping @Sendable (Transaction) throws -> Void = { _ in }
    ) async throws -> Bool {
        let isFailed = try await database.transaction("fail-server") { transaction in
            let old = try announcement?.before(id, in: transaction)
            let matched = try transaction.execute(
                """
                UPDATE servers SET vm_state = 'error', task_state = NULL, version = version + 1, updated_at = \(now)
                WHERE id = \(id) AND task_state IN \(anyOf: tasks) AND deleted_at IS NULL
                """)
            guard matched > 0 else { return false }
            try record(fault, of: id, at: now, in: transaction)
            if let announcement, let server = try find(id, in: transaction) {
                try announcement.write(from: old, to: server, in: transaction)
            }
            try also(transaction)
            return true
        }
        announcement?.notices.wake()
        return isFailed
    }

    /// Keeps the newest fault of a server.
    package static func record(_ fault: ServerFault, of id: ServerID, at now: Date, in transaction: Transaction) throws
    {
        try transaction.execute(
            """
            INSERT INTO server_faults (server_id, code, message, details, created_at)
            VALUES (\(id), \(fault.code), \(String(fault.message.prefix(1000))), \(fault.details), \(now))
            ON DUPLICATE KEY UPDATE code = VALUE(code), message = VALUE(message), details = VALUE(details),
                created_at = VALUE(created_at)
            """)
    }

    package static func setNetworkInfo(
        _ info: [InterfaceInfo], of id: ServerID, at now: Date, in database: Database
    ) async throws {
        try await database.execute(
            """
            UPDATE servers SET network_info = \(try jsonColumn(info)), version = version + 1, updated_at = \(now)
            WHERE id = \(id) AND deleted_at IS NULL
            """)
    }

    /// Ends a server's life. Its row stays for `deleted=true` lists; what hangs on it goes.
    /// - Returns: whether it was there to delete.
    package static func markDeleted(_ id: ServerID, at now: Date, in transaction: Transaction) throws -> Bool {
        let matched = try transaction.execute(
            """
            UPDATE servers SET vm_state = 'deleted', task_state = NULL, power_state = 0, deleted_at = \(now),
                terminated_at = \(now), updated_at = \(now), version = version + 1
            WHERE id = \(id) AND deleted_at IS NULL
            """)
        try transaction.execute("DELETE FROM server_interfaces WHERE server_id = \(id)")
        try transaction.execute("DELETE FROM block_devices WHERE server_id = \(id)")
        try transaction.execute("DELETE FROM server_group_members WHERE server_id = \(id)")
        return matched > 0
    }

    /// Those of several servers that are not deleted, by id.
    package static func find(_ ids: [ServerID], in database: Database) async throws -> [ServerID: Server] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await database.query("SELECT * FROM servers WHERE id IN \(anyOf: ids) AND deleted_at IS NULL")
        return try rows.reduce(into: [:]) { all, row in
            let server = try Server(row)
            all[server.id] = server
        }
    }

    /// The servers that the database has on a host.
    package static func onHost(_ host: String, in database: Database) async throws -> [Server] {
        try await database.query("SELECT * FROM servers WHERE host = \(host) AND deleted_at IS NULL").map(Server.init)
    }

    /// The servers that the database has on several hosts, by host.
    package static func onHosts(_ hosts: [String], in database: Database) async throws -> [String: [Server]] {
        guard !hosts.isEmpty else { return [:] }
        let rows = try await database.query(
            "SELECT * FROM servers WHERE host IN \(anyOf: hosts) AND deleted_at IS NULL ORDER BY number")
        return Dictionary(grouping: try rows.map(Server.init)) { $0.host ?? "" }
    }

    package static func fault(of id: ServerID, in database: Database) async throws -> (ServerFault, Date)? {
        try await faults(of: [id], in: database)[id]
    }

    /// The faults of several servers, by server.
    package static func faults(
        of ids: [ServerID], in database: Database
    ) async throws -> [ServerID: (ServerFault, Date)] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await database.query("SELECT * FROM server_faults WHERE server_id IN \(anyOf: ids)")
        return try Dictionary(
            rows.map { row in
                let fault = ServerFault(
                    code: try row.get("code"), message: try row.get("message"), details: try row.get("details"))
                return (try row.get("server_id", as: ServerID.self), (fault, try row.get("created_at", as: Date.self)))
            }, uniquingKeysWith: { first, _ in first })
    }
}
