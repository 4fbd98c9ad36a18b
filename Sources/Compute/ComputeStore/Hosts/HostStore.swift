package import ComputeModel
package import Core
package import Database
package import FoundationEssentials

extension ComputeService {
    package init(_ row: Row) throws {
        self.init(
            id: try row.get("id"), host: try row.get("host"), binary: try row.get("binary"),
            isDisabled: try row.get("is_disabled"), disabledReason: try row.get("disabled_reason"),
            isForcedDown: try row.get("is_forced_down"), lastSeenAt: try row.get("last_seen_at"),
            createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
    }
}

/// A hypervisor host's last report, with when it came.
package struct ComputeNode: Sendable {
    package var number: Int64
    package var id: String
    package var report: HostReport
    package var updatedAt: Date

    init(_ row: Row) throws {
        number = try row.get("number")
        id = try row.get("id")
        report = try row.document("report")
        updatedAt = try row.get("updated_at")
    }
}

/// Daemons and hypervisor hosts, as their heartbeats tell.
package enum HostStore {
    /// Notes a heartbeat. Safe to repeat.
    package static func seen(
        host: String, binary: String, newID: String, at now: Date, in database: Database
    ) async throws {
        try await database.execute(
            """
            INSERT INTO services (id, host, `binary`, last_seen_at, created_at)
            VALUES (\(newID), \(host), \(binary), \(now), \(now))
            ON DUPLICATE KEY UPDATE last_seen_at = GREATEST(COALESCE(last_seen_at, \(now)), \(now)),
                updated_at = \(now)
            """)
    }

    /// Notes what a host has. Safe to repeat.
    package static func report(_ report: HostReport, at now: Date, in database: Database) async throws {
        try await database.execute(
            """
            INSERT INTO compute_nodes (id, host, node, report, updated_at)
            VALUES (\(report.nodeID), \(report.host), \(report.node), \(try jsonColumn(report)), \(now))
            ON DUPLICATE KEY UPDATE report = VALUE(report), updated_at = VALUE(updated_at)
            """)
    }

    package static func services(in database: Database) async throws -> [ComputeService] {
        try await database.query("SELECT * FROM services ORDER BY number").map(ComputeService.init)
    }

    package static func nodes(in database: Database) async throws -> [ComputeNode] {
        try await database.query("SELECT * FROM compute_nodes ORDER BY number").map(ComputeNode.init)
    }

    /// - Returns: the service as it is now; nil when there is none.
    package static func setDisabled(
        _ isDisabled: Bool, reason: String?, id: String, at now: Date, in database: Database
    ) async throws -> ComputeService? {
        let change = try await database.change(
            """
            UPDATE services SET is_disabled = \(isDisabled), disabled_reason = \(reason), updated_at = \(now),
                version = version + 1
            WHERE id = \(id)
            """,
            reading: "SELECT * FROM services WHERE id = \(id)")
        if case .changed(let row) = change { return try ComputeService(row) }
        return nil
    }

    package static func setForcedDown(
        _ isForcedDown: Bool, id: String, at now: Date, in database: Database
    ) async throws -> ComputeService? {
        let change = try await database.change(
            """
            UPDATE services SET is_forced_down = \(isForcedDown), updated_at = \(now), version = version + 1
            WHERE id = \(id)
            """,
            reading: "SELECT * FROM services WHERE id = \(id)")
        if case .changed(let row) = change { return try ComputeService(row) }
        return nil
    }

    /// Forgets a service; of a hypervisor host also what it has and which aggregates it is in. One that still runs is
    /// there again with its next heartbeat.
    /// - Throws: `.conflict` while servers are on the host.
    package static func delete(_ service: ComputeService, in database: Database) async throws {
        try await database.transaction("delete-service") { transaction in
            if service.binary == "nova-compute" {
                let host = service.host
                guard try transaction.first(anyServer(on: host)) == nil else { throw hosting }
                try transaction.execute("DELETE FROM compute_nodes WHERE host = \(host)")
                try transaction.execute("DELETE FROM aggregate_hosts WHERE host = \(host)")
            }
            try transaction.execute("DELETE FROM services WHERE id = \(service.id)")
        }
    }

    /// - Throws: `.conflict` while servers are on the host.
    package static func checkEmpty(_ host: String, in database: Database) async throws {
        guard try await database.first(anyServer(on: host)) == nil else { throw hosting }
    }

    package static var hosting: ServiceError {
        ServiceError(
            .conflict,
            "Unable to delete compute service that is hosting instances. Migrate or delete the instances first.")
    }

    private static func anyServer(on host: String) -> SQL {
        "SELECT id FROM servers WHERE host = \(host) AND deleted_at IS NULL LIMIT 1"
    }
}
