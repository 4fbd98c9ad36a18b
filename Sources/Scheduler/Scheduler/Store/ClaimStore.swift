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
            try Self.insert([provider: wanted], of: server.rawValue, transaction)
            return .claimed
        }
    }

    static func fits(_ wanted: [String: Int], _ provider: String, _ transaction: Transaction) throws -> Bool {
        try misfit([provider: wanted], transaction) == nil
    }

    /// The first of the providers, by id, that has no room for what is wanted of it.
    static func misfit(_ wanted: [String: [String: Int]], _ transaction: Transaction) throws -> String? {
        let names = Set(wanted.values.flatMap(\.keys))
        let rows = try transaction.query(
            """
            SELECT i.*, CAST(COALESCE(
                (SELECT SUM(a.used) FROM allocations a
                    WHERE a.provider = i.provider AND a.resource_class = i.resource_class), 0) AS SIGNED) AS used
            FROM inventories i
            WHERE i.provider IN \(anyOf: wanted.keys.sorted()) AND i.resource_class IN \(anyOf: names.sorted())
            """)
        var fitting: [String: Set<String>] = [:]
        for row in rows {
            let (provider, name): (String, String) = (try row.get("provider"), try row.get("resource_class"))
            let inventory = HostState.Inventory(
                total: try row.get("total"), reserved: try row.get("reserved"),
                allocationRatio: try row.get("allocation_ratio"), minUnit: try row.get("min_unit"),
                maxUnit: try row.get("max_unit", as: Int.self), stepSize: try row.get("step_size"))
            guard let amount = wanted[provider]?[name], inventory.fits(amount, used: try row.get("used")) else {
                continue
            }
            fitting[provider, default: []].insert(name)
        }
        return wanted.sorted { $0.key < $1.key }.first { fitting[$0.key]?.count ?? 0 != $0.value.count }?.key
    }

    /// Writes what a consumer holds, by provider and resource class.
    static func insert(_ held: [String: [String: Int]], of consumer: String, _ transaction: Transaction) throws {
        let rows = held.sorted { $0.key < $1.key }.flatMap { provider, amounts in
            amounts.sorted { $0.key < $1.key }.map { "(\(consumer), \(provider), \($0.key), \($0.value))" as SQL }
        }
        guard !rows.isEmpty else { return }
        try transaction.execute(
            """
            INSERT INTO allocations (consumer, provider, resource_class, used)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
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
