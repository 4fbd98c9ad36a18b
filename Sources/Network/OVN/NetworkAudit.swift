package import Core
import Database
package import Logging
import OVSDB

/// Compares OVN with the database without changing either: for `apus doctor`.
package enum NetworkAudit {
    /// The differences, a line each; none when all is as it should be.
    /// - Throws: `ServiceError` when the database or OVN cannot be reached.
    package static func differences(_ configuration: Configuration, logger: Logger) async throws -> [String] {
        let options = try configuration.read(NetworkOptions.self)
        let ovn = try configuration.read(OVNOptions.self)
        let database = try await Database(try configuration.read(DatabaseOptions.self), logger: logger)
        let northbound = OVSDBClient(
            OVSDBClientOptions(
                remotes: try OVSDBRemote.list(ovn.northbound), database: "OVN_Northbound",
                tables: OVNTables.monitored), logger: logger)
        let southbound = OVSDBClient(
            OVSDBClientOptions(
                remotes: try OVSDBRemote.list(ovn.southbound), database: "OVN_Southbound",
                tables: [OVNTables.chassis]), logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await northbound.run() }
            group.addTask { try await southbound.run() }
            defer { group.cancelAll() }
            try await copied([northbound, southbound])
            guard let replica = await northbound.replica, let hosts = await southbound.replica else {
                throw ServiceError(.unavailable, "OVN's databases are not reachable.")
            }
            let loader = OVNLoader(options: options, ovn: ovn, chassis: hosts.rows("Chassis"))
            let lines = try await compare(database, replica, loader)
            await database.close()
            return lines
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

    private static func compare(
        _ database: Database, _ replica: OVSDBReplica, _ loader: OVNLoader
    ) async throws -> [String] {
        var lines = try await database.query("SELECT subject FROM ovn_changes ORDER BY subject").map {
            "\(try $0.get("subject", as: String.self)): a change waits to be brought to OVN"
        }
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
                for subject in subjects { lines += difference(subject, desired[subject] ?? [], replica) }
            }
        }
        return lines + stale.map { "\($0.text): OVN has rows of it and the database has not" }.sorted()
    }

    private static func difference(_ subject: OVNSubject, _ rows: [OVNRow], _ replica: OVSDBReplica) -> [String] {
        do {
            let count = try OVNPlan.operations(owner: subject.text, desired: rows, replica).count
            return count == 0 ? [] : ["\(subject.text): OVN differs from the database (\(count) operations to mend it)"]
        } catch let missing as OVNPlan.Missing {
            return ["\(subject.text): OVN lacks \(missing.key.table) \(missing.key.name)"]
        } catch {
            return ["\(subject.text): \(error)"]
        }
    }
}
