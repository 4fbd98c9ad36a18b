import Core
import Database
import FoundationEssentials
import SchedulerModel

/// The hosts that agents have told of, with what is used of each.
struct HostStore: Sendable {
    let database: Database

    /// All hosts in three queries, however many there are.
    func candidates() async throws -> [HostCandidate] {
        let hosts = try await database.query("SELECT state, seen_at FROM hosts")
        let usage = try await database.query(
            """
            SELECT provider, resource_class, CAST(SUM(used) AS SIGNED) AS used FROM allocations
            GROUP BY provider, resource_class
            """)
        let consumers = try await database.query("SELECT DISTINCT provider, consumer FROM allocations")
        var used: [String: [String: Int]] = [:]
        for row in usage {
            used[try row.get("provider"), default: [:]][try row.get("resource_class")] = try row.get(
                "used", as: Int.self)
        }
        var servers: [String: Set<String>] = [:]
        for row in consumers { servers[try row.get("provider"), default: []].insert(try row.get("consumer")) }
        return try hosts.map { row in
            let text: JSONValue = try row.get("state")
            var state = try text.decode(HostState.self)
            state.seenAt = try row.get("seen_at")
            return HostCandidate(
                state: state, used: used[state.provider] ?? [:], servers: servers[state.provider] ?? [])
        }
    }

    /// Of each of the host's nodes.
    func providers(of host: String) async throws -> [String] {
        try await database.query("SELECT provider FROM hosts WHERE host = \(host)").map { try $0.get("provider") }
    }

    /// Takes a heartbeat in: the host, its resource provider and, where it changed, its inventory and traits.
    ///
    /// Safe to repeat and to reorder: an older heartbeat changes nothing.
    func update(_ host: HostState) async throws {
        let text = try JSONValue(encoding: host).jsonText
        try await database.transaction("update-host") { transaction in
            let known = try transaction.first(
                "SELECT state, seen_at FROM hosts WHERE host = \(host.host) AND node = \(host.node) FOR UPDATE")
            if let known, try known.get("seen_at", as: Date.self) > host.seenAt { return }
            try transaction.execute(
                """
                INSERT INTO hosts (host, node, provider, state, seen_at)
                VALUES (\(host.host), \(host.node), \(host.provider), \(text), \(host.seenAt))
                ON DUPLICATE KEY UPDATE state = VALUES(state), seen_at = VALUES(seen_at), provider = VALUES(provider)
                """)
            try transaction.execute(
                """
                INSERT INTO resource_providers (id, name, root) VALUES (\(host.provider), \(host.node), \(host.provider))
                ON DUPLICATE KEY UPDATE name = VALUES(name)
                """)
            let before = try known.map { try $0.get("state", as: JSONValue.self).decode(HostState.self) }
            guard before?.inventory != host.inventory || before?.traits != host.traits else { return }
            try Self.replace(host, in: transaction)
        }
    }

    private static func replace(_ host: HostState, in transaction: Transaction) throws {
        for (name, inventory) in host.inventory.sorted(by: { $0.key < $1.key }) {
            try transaction.execute(
                """
                INSERT INTO inventories
                    (provider, resource_class, total, reserved, min_unit, max_unit, step_size, allocation_ratio)
                VALUES (\(host.provider), \(name), \(inventory.total), \(inventory.reserved), \(inventory.minUnit),
                    \(inventory.maxUnit), \(inventory.stepSize), \(inventory.allocationRatio))
                ON DUPLICATE KEY UPDATE total = VALUES(total), reserved = VALUES(reserved),
                    min_unit = VALUES(min_unit), max_unit = VALUES(max_unit), step_size = VALUES(step_size),
                    allocation_ratio = VALUES(allocation_ratio)
                """)
        }
        try transaction.execute("DELETE FROM provider_traits WHERE provider = \(host.provider)")
        for trait in Set(host.traits).sorted() {
            try transaction.execute(
                "INSERT INTO provider_traits (provider, trait) VALUES (\(host.provider), \(trait))")
        }
        try transaction.execute(
            "UPDATE resource_providers SET generation = generation + 1 WHERE id = \(host.provider)")
    }
}
