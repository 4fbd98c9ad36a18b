import Core
import Database
import FoundationEssentials
import Logging
import OVSDB

/// Ports' status as OVN reports it, and the events that compute waits for.
enum PortStatus {
    /// Writes which ports are up. Only a change counts, and of several daemons that see it one writes it: it notes
    /// the event for compute, too.
    static func apply(_ up: [String: Bool], _ database: Database, _ clock: WallClock) async throws {
        guard !up.isEmpty else { return }
        let now = clock.now()
        try await database.transaction("port status") { transaction in
            let rows = try transaction.query(
                """
                SELECT id, status, device_id, device_owner FROM ports WHERE id IN \(anyOf: up.keys.sorted())
                ORDER BY id
                """)
            for row in rows {
                let id: String = try row.get("id")
                let isUp = up[id] ?? false
                let status = isUp ? "ACTIVE" : "DOWN"
                guard try row.get("status", as: String.self) != status else { continue }
                let changed = try transaction.execute(
                    """
                    UPDATE ports SET status = \(status), updated_at = \(now), revision_number = revision_number + 1
                    WHERE id = \(id) AND status <> \(status)
                    """)
                let owner: String = try row.get("device_owner")
                let device: String = try row.get("device_id")
                guard changed > 0, owner.hasPrefix("compute:"), !device.isEmpty else { continue }
                try transaction.execute(
                    """
                    INSERT INTO compute_events (name, server_id, tag, status, queued_at, attempts, not_before)
                    VALUES (\(isUp ? "network-vif-plugged" : "network-vif-unplugged"), \(device), \(id), 'completed',
                        \(now), 0, \(now))
                    """)
            }
        }
    }
}

/// Follows the northbound database for ports going up and down, and the southbound one for hosts.
struct OVNWatcher {
    let northbound: OVSDBClient
    let southbound: OVSDBClient
    let driver: OVNDriver
    let events: ComputeNotifier
    let database: Database
    let clock: WallClock
    let logger: Logger

    func runNorthbound() async throws {
        while !Task.isCancelled {
            let changes = try await northbound.nextChanges()
            if changes.isResynchronised { await driver.compareAll() }
            guard let replica = await northbound.replica else { continue }
            var up: [String: Bool] = [:]
            for change in changes.rows where change.table == "Logical_Switch_Port" {
                guard let row = replica.row(change.table, uuid: change.uuid), let name = row.string("name") else {
                    continue
                }
                up[name] = row.boolean("up") ?? false
            }
            if up.isEmpty { continue }
            do {
                try await PortStatus.apply(up, database, clock)
                events.wake()
            } catch {
                logger.warning("Port status not written", metadata: ["error": "\(String(reflecting: error))"])
                await driver.compareAll()
            }
        }
    }

    func runSouthbound() async throws {
        while !Task.isCancelled {
            let changes = try await southbound.nextChanges()
            if changes.isResynchronised || changes.rows.contains(where: { $0.table == "Chassis" }) {
                await driver.compareAll()
            }
        }
    }
}
