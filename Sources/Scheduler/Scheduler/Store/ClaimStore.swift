import Core
import Database
import SchedulerModel

/// Resources that servers hold.
struct ClaimStore: Sendable {
    let database: Database

    enum Outcome: Sendable {
        case claimed
        /// Another claim or a change of the inventory came between: look again.
        case outdated
        /// What is left does not suffice, or the provider is gone.
        case full
    }

    /// The provider on which a server holds its claim.
    func provider(of server: ServerID) async throws -> String? {
        try await database.first("SELECT provider FROM allocations WHERE consumer = \(server) LIMIT 1")?.get("provider")
    }

    /// Claims all of `resources` for a server on one provider, or nothing.
    ///
    /// Every claim raises the provider's generation, and is made only if that is still what it was before
    /// the usage was read: so schedulers that race never use more than there is.
    func claim(
        _ resources: [String: Int], on provider: String, for server: ServerID, project: ProjectID, user: UserID
    ) async throws -> Outcome {
        let wanted = resources.filter { $0.value > 0 }
        return try await database.transaction("claim") { transaction in
            guard
                let row = try transaction.first("SELECT generation FROM resource_providers WHERE id = \(provider)")
            else { return .full }
            let generation: Int = try row.get("generation")
            guard try Self.fits(wanted, provider, transaction) else { return .full }
            let matched = try transaction.execute(
                """
                UPDATE resource_providers SET generation = generation + 1
                WHERE id = \(provider) AND generation = \(generation)
                """)
            guard matched == 1 else { return .outdated }
            try transaction.execute(
                """
                INSERT INTO consumers (id, project, user, consumer_type, generation)
                VALUES (\(server), \(project), \(user), 'INSTANCE', 1)
                ON DUPLICATE KEY UPDATE generation = generation + 1
                """)
            for (name, amount) in wanted.sorted(by: { $0.key < $1.key }) {
                try transaction.execute(
                    """
                    INSERT INTO allocations (consumer, provider, resource_class, used)
                    VALUES (\(server), \(provider), \(name), \(amount))
                    """)
            }
            return .claimed
        }
    }

    static func fits(_ wanted: [String: Int], _ provider: String, _ transaction: Transaction) throws -> Bool {
        let rows = try transaction.query(
            """
            SELECT i.*, CAST(COALESCE(
                (SELECT SUM(a.used) FROM allocations a
                    WHERE a.provider = i.provider AND a.resource_class = i.resource_class), 0) AS SIGNED) AS used
            FROM inventories i WHERE i.provider = \(provider) AND i.resource_class IN \(anyOf: Array(wanted.keys))
            """)
        guard rows.count == wanted.count else { return false }
        return try rows.allSatisfy { row in
            let inventory = HostState.Inventory(
                total: try row.get("total"), reserved: try row.get("reserved"),
                allocationRatio: try row.get("allocation_ratio"), minUnit: try row.get("min_unit"),
                maxUnit: try row.get("max_unit", as: Int.self), stepSize: try row.get("step_size"))
            let name: String = try row.get("resource_class")
            return inventory.fits(wanted[name] ?? 0, used: try row.get("used"))
        }
    }

    /// Gives back all that a server holds; nothing is no error.
    func release(_ server: ServerID) async throws {
        try await database.transaction("release-claim") { transaction in
            try transaction.execute(
                """
                UPDATE resource_providers SET generation = generation + 1
                WHERE id IN (SELECT provider FROM allocations WHERE consumer = \(server))
                """)
            try transaction.execute("DELETE FROM allocations WHERE consumer = \(server)")
            try transaction.execute("DELETE FROM consumers WHERE id = \(server)")
        }
    }
}
