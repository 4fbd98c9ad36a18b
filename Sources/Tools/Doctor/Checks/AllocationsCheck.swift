import Core
import Database
import Logging
import Messaging
import SchedulerModel

/// Claims in placement against servers.
struct AllocationsCheck: DoctorCheck {
    let name = "allocations"
    let summary = "what placement says servers hold, against the servers"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        // Consumers first: a server's row is there before its claim.
        let rows = try await cloud.database("placement").query(
            """
            SELECT a.consumer, MIN(p.name) AS provider, COUNT(DISTINCT a.provider) AS providers
            FROM allocations a LEFT JOIN resource_providers p ON p.id = a.provider GROUP BY a.consumer
            """)
        var claims: [String: (provider: String?, count: Int)] = [:]
        for row in rows { claims[try row.get("consumer")] = (try row.get("provider"), try row.get("providers")) }
        let servers = try await cloud.database("compute").query(
            "SELECT id, host, node, vm_state, task_state FROM servers WHERE deleted_at IS NULL")
        let busy = try await cloud.underWay()
        var findings: [Finding] = []
        var living: Set<String> = []
        for row in servers {
            let id: String = try row.get("id")
            living.insert(id)
            let state: String = try row.get("vm_state")
            guard let host: String = try row.get("host"), try row.get("task_state", as: String?.self) == nil,
                !["error", "shelved_offloaded", "building"].contains(state), !busy.contains(id)
            else { continue }
            if let finding = Self.compare(id, state, host, node: try row.get("node"), claims[id]) {
                findings.append(finding)
            }
        }
        for consumer in Set(claims.keys).subtracting(living).subtracting(busy).sorted() {
            findings.append(try await Self.leftover(consumer, cloud))
        }
        return findings
    }

    private static func compare(
        _ id: String, _ state: String, _ host: String, node: String?, _ claim: (provider: String?, count: Int)?
    ) -> Finding? {
        guard let claim else {
            return Finding(
                .critical, .missing, "allocation of \(id)",
                "the server is \(state) on \(host), which may be overfilled",
                advice: "restore what its flavor says: openstack resource provider allocation set \(id) …")
        }
        guard claim.count > 1 || claim.provider != (node ?? host) else { return nil }
        return Finding(
            .warning, .mismatch, "allocation of \(id)",
            "it is of \(claim.count > 1 ? "\(claim.count) providers" : claim.provider ?? "a provider that is gone"), "
                + "and the server is on \(host)",
            advice: "set it right: openstack resource provider allocation set \(id) …")
    }

    private static func leftover(_ consumer: String, _ cloud: Cloud) async throws -> Finding {
        // Only a consumer that was a server of ours is ours to release.
        let isOurs = try await wasServer(consumer, cloud)
        return Finding(
            .warning, .leftover, "allocation of \(consumer)",
            isOurs ? "the server does not exist any more" : "no server of this cloud ever had that id",
            advice: "openstack resource provider allocation delete \(consumer)",
            repair: isOurs ? release(consumer) : nil)
    }

    /// Whether the consumer was a server: its row is kept, or the scheduler's choice is.
    private static func wasServer(_ id: String, _ cloud: Cloud) async throws -> Bool {
        if try await cloud.database("compute").first("SELECT id FROM servers WHERE id = \(id)") != nil { return true }
        return try await cloud.database("placement").first("SELECT server FROM selections WHERE server = \(id)") != nil
    }

    /// Asks the scheduler, whose tables these are.
    private static func release(_ id: String) -> Repair {
        Repair("ask the scheduler to release the claim of \(id)") { cloud in
            let living = "SELECT id FROM servers WHERE id = \(id) AND deleted_at IS NULL" as SQL
            guard try await cloud.database("compute").first(living) == nil else { return .refused("the server exists") }
            guard try await wasServer(id, cloud) else { return .refused("it was never a server of this cloud") }
            guard try await !cloud.isUnderWay(id) else { return .refused("a workflow of it is under way") }
            let claim = "SELECT consumer FROM allocations WHERE consumer = \(id) LIMIT 1" as SQL
            guard try await cloud.database("placement").first(claim) != nil else {
                return .refused("the claim is gone already")
            }
            try await cloud.withRPC { client in
                _ = try await client.call(ReleaseClaim(server: ServerID(id)), RequestContext.system())
            }
            return .done("released")
        }
    }
}

extension Cloud {
    /// Lends a client to speak to daemons.
    nonisolated func withRPC<T: Sendable>(_ body: @Sendable (RPCClient) async throws -> T) async throws -> T {
        var logger = Logger(label: "apus")
        logger.logLevel = .critical
        let broker = AMQPBroker(try messagingOptions(), name: "apus-doctor", logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await broker.run() }
            defer { group.cancelAll() }
            return try await body(RPCClient(broker, clock: clock))
        }
    }
}
