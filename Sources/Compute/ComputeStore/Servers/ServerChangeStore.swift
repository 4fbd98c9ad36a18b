package import ComputeModel
package import Core
package import Database
package import FoundationEssentials

/// Changes of a server that move no state: its names, lock, and password.
package enum ServerChangeStore {
    /// Values to set; nil leaves a column as it is, and `.some(nil)` clears it.
    package struct Attributes: Sendable {
        package var name: String?
        package var description: String??
        package var diskConfig: Server.DiskConfig?
        package var accessIPv4: String??
        package var accessIPv6: String??
        package var hostname: String?

        package init() {}
    }

    package static func update(
        _ id: ServerID, _ attributes: Attributes, at now: Date, in database: Database,
        telling announcement: Announcement? = nil
    ) async throws -> Change {
        var columns: [SQL] = ["updated_at = \(now)", "version = version + 1"]
        if let name = attributes.name { columns.append("name = \(name)") }
        if let description = attributes.description { columns.append("description = \(description)") }
        if let diskConfig = attributes.diskConfig { columns.append("disk_config = \(diskConfig)") }
        if let address = attributes.accessIPv4 { columns.append("access_ip_v4 = \(address)") }
        if let address = attributes.accessIPv6 { columns.append("access_ip_v6 = \(address)") }
        if let hostname = attributes.hostname { columns.append("hostname = \(hostname)") }
        return try await database.changeServer(
            id,
            """
            UPDATE servers SET \(sql: SQL.joined(columns, separator: ", ")) WHERE id = \(id) AND deleted_at IS NULL
            """, announcement)
    }

    package static func setLock(
        _ id: ServerID, isLocked: Bool, by: String?, reason: String?, at now: Date, in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE servers SET is_locked = \(isLocked), locked_by = \(by), locked_reason = \(reason),
                updated_at = \(now), version = version + 1
            WHERE id = \(id) AND deleted_at IS NULL
            """)
    }

    package static func password(of id: ServerID, in database: Database) async throws -> String {
        try await database.first("SELECT password FROM server_passwords WHERE server_id = \(id)")?.get("password") ?? ""
    }

    /// Keeps the password that the guest encrypted for its owner; the first one stays.
    /// - Returns: false when there is one already.
    package static func setPassword(_ password: String, of id: ServerID, in database: Database) async throws -> Bool {
        do {
            try await database.execute(
                "INSERT INTO server_passwords (server_id, password) VALUES (\(id), \(password))")
            return true
        } catch let error as ServiceError where error.code == .conflict {
            return false
        }
    }

    package static func clearPassword(of id: ServerID, in database: Database) async throws {
        try await database.execute("DELETE FROM server_passwords WHERE server_id = \(id)")
    }
}
