package import Core
package import Database
package import FoundationEssentials
package import Logging
import OVSDB

/// Compares OVN with the database: for `apus doctor`.
package enum NetworkAudit {
    /// One subject (`port/ID`) of which OVN and the database say different things.
    package struct Difference: Sendable, Hashable {
        package enum Kind: Sendable {
            /// OVN lacks something of it or has it otherwise.
            case different
            /// OVN has it, and the database does not.
            case leftover
            /// A change of it has not been brought to OVN yet.
            case waiting
            /// A row among ours that the service did not write.
            case foreign
        }

        package let kind: Kind
        package let subject: String
        package let text: String
    }

    /// The differences; none when all is as it should be.
    /// - Throws: `ServiceError` when the database or OVN cannot be reached.
    package static func differences(
        _ configuration: Configuration, _ database: Database, logger: Logger
    ) async throws -> [Difference] {
        let options = try configuration.read(NetworkOptions.self)
        let ovn = try configuration.read(OVNOptions.self)
        let northbound = OVSDBClient(
            try ovn.northboundFiles.connection(ovn.northbound, database: "OVN_Northbound", tables: OVNTables.monitored),
            logger: logger)
        let southbound = OVSDBClient(
            try ovn.southboundFiles.connection(ovn.southbound, database: "OVN_Southbound", tables: [OVNTables.chassis]),
            logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await northbound.run() }
            group.addTask { try await southbound.run() }
            defer { group.cancelAll() }
            try await copied([northbound, southbound])
            guard let replica = await northbound.replica, let hosts = await southbound.replica else {
                throw ServiceError(.unavailable, "OVN's databases are not reachable.")
            }
            let loader = OVNLoader(options: options, ovn: ovn, chassis: hosts.rows("Chassis"))
            return try await compare(database, replica, loader)
        }
    }

    /// Waits until all sessions have begun, for five seconds at most.
    private static func copied(_ clients: [OVSDBClient]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for client in clients { _ = try await client.nextChanges() }
            }
            group.addTask { try await ContinuousClock().sleep(for: .seconds(5)) }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Asks the service to compare a subject with OVN once more; it does so within a second.
    package static func ask(_ subject: String, _ database: Database, now: Date) async throws {
        guard OVNSubject(subject) != nil else { throw ServiceError(.badRequest, "\(subject) is no subject of OVN's.") }
        try await database.execute(
            """
            INSERT INTO ovn_changes (subject, sequence, queued_at, attempts, not_before)
            VALUES (\(subject), UUID_SHORT(), \(now), 0, \(now))
            ON DUPLICATE KEY UPDATE sequence = UUID_SHORT(), not_before = \(now)
            """)
    }

    /// Whether what `ask` noted still waits.
    package static func isAsked(_ subject: String, _ database: Database) async throws -> Bool {
        try await database.first("SELECT subject FROM ovn_changes WHERE subject = \(subject)") != nil
    }

    private static func compare(
        _ database: Database, _ replica: OVSDBReplica, _ loader: OVNLoader
    ) async throws -> [Difference] {
        let waiting = try await database.query("SELECT subject FROM ovn_changes ORDER BY subject").map {
            Difference(
                kind: .waiting, subject: try $0.get("subject", as: String.self),
                text: "a change waits to be brought to OVN")
        }
        var found: [Difference] = []
        var stale = Set(OVNTables.written.flatMap { replica.owners($0) }.compactMap { OVNSubject($0) })
        stale.remove(.common)
        for kind in [ResourceType.networks, .securityGroups, .ports, .routers] {
            var after = ""
            while true {
                let ids = try await database.query(
                    "SELECT id FROM \(identifier: kind.table) WHERE id > \(after) ORDER BY id LIMIT 200"
                ).map { try $0.get("id", as: String.self) }
                guard let last = ids.last else { break }
                after = last
                let subjects = ids.map { OVNSubject(kind, $0) }
                stale.subtract(subjects)
                let desired = try await database.transaction("audit") { try loader.rows(for: subjects, $0) }
                for subject in subjects { found += difference(subject, desired[subject] ?? [], replica) }
            }
        }
        found += stale.map {
            Difference(kind: .leftover, subject: $0.text, text: "OVN has rows of it and the database has not")
        }.sorted { $0.subject < $1.subject }
        let late = Set(waiting.map(\.subject))
        return waiting + found.filter { !late.contains($0.subject) } + foreign(replica)
    }

    private static func difference(_ subject: OVNSubject, _ rows: [OVNRow], _ replica: OVSDBReplica) -> [Difference] {
        func different(_ text: String) -> [Difference] {
            [Difference(kind: .different, subject: subject.text, text: text)]
        }
        do {
            let count = try OVNPlan.operations(owner: subject.text, desired: rows, replica).count
            return count == 0 ? [] : different("OVN differs from the database (\(count) operations to mend it)")
        } catch let missing as OVNPlan.Missing {
            return different("OVN lacks \(missing.key.table) \(missing.key.name)")
        } catch {
            return different("\(error)")
        }
    }

    /// Ports that somebody else put on our switches.
    private static func foreign(_ replica: OVSDBReplica) -> [Difference] {
        let ours = replica.rows("Logical_Switch").filter { $0.map("external_ids")[OVNTables.ownerKey] != nil }
        return ours.flatMap { network in
            network.uuids("ports").compactMap { replica.row("Logical_Switch_Port", uuid: $0) }
                .filter { $0.map("external_ids")[OVNTables.ownerKey] == nil }
                .map { port in
                    Difference(
                        kind: .foreign, subject: "Logical_Switch_Port \(port.string("name") ?? port.uuid)",
                        text: "it is on switch \(network.string("name") ?? network.uuid) and not of this service")
                }
        }.sorted { $0.subject < $1.subject }
    }
}
