import Core
import Database
import SchedulerModel

/// A resource provider as placement shows it.
struct ResourceProvider: Sendable {
    var id: String
    var name: String
    var generation: Int
    var parent: String?
    var root: String

    init(_ row: Row) throws {
        id = try row.get("id")
        name = try row.get("name")
        generation = try row.get("generation")
        parent = try row.get("parent")
        root = try row.get("root")
    }
}

/// What the Placement API reads and writes. Every write to a provider names the generation it has seen.
struct PlacementStore: Sendable {
    let database: Database

    // MARK: Providers

    func providers(id: String?, name: String?, root: String?, aggregates: [String]) async throws -> [ResourceProvider] {
        var conditions: [SQL] = ["TRUE"]
        if let id { conditions.append("id = \(id)") }
        if let name { conditions.append("name = \(name)") }
        if let root { conditions.append("root = (SELECT p.root FROM resource_providers p WHERE p.id = \(root))") }
        if !aggregates.isEmpty {
            conditions.append(
                "id IN (SELECT provider FROM provider_aggregates WHERE aggregate IN \(anyOf: aggregates))")
        }
        return try await database.query(
            "SELECT * FROM resource_providers WHERE \(sql: .joined(conditions, separator: " AND ")) ORDER BY name"
        ).map(ResourceProvider.init)
    }

    func provider(_ id: String) async throws -> ResourceProvider {
        guard let row = try await database.first("SELECT * FROM resource_providers WHERE id = \(id)") else {
            throw ServiceError(.notFound, "No resource provider with uuid \(id) found")
        }
        return try ResourceProvider(row)
    }

    func create(_ id: String, name: String, parent: String?) async throws {
        let root = try await parent.asyncMap { try await provider($0).root } ?? id
        do {
            try await database.execute(
                "INSERT INTO resource_providers (id, name, parent, root) VALUES (\(id), \(name), \(parent), \(root))")
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(.conflict, "Conflicting resource provider \(name) already exists.", cause: error)
        }
    }

    func rename(_ id: String, to name: String, parent: String?) async throws {
        _ = try await provider(id)
        try await database.execute(
            "UPDATE resource_providers SET name = \(name), parent = COALESCE(\(parent), parent) WHERE id = \(id)")
    }

    /// - Throws: `.notFound`; `.conflict` while something is claimed on it.
    func delete(_ id: String) async throws {
        _ = try await provider(id)
        try await database.transaction("delete-provider") { transaction in
            // A claim raises the generation: it came before, and is seen, or finds no provider.
            _ = try transaction.first("SELECT generation FROM resource_providers WHERE id = \(id) FOR UPDATE")
            guard try transaction.first("SELECT 1 FROM allocations WHERE provider = \(id) LIMIT 1") == nil else {
                throw ServiceError(
                    .conflict, "Unable to delete resource provider \(id): Resource provider has allocations.")
            }
            for statement: SQL in [
                "DELETE FROM inventories WHERE provider = \(id)", "DELETE FROM provider_traits WHERE provider = \(id)",
                "DELETE FROM provider_aggregates WHERE provider = \(id)", "DELETE FROM hosts WHERE provider = \(id)",
                "DELETE FROM resource_providers WHERE id = \(id)",
            ] {
                try transaction.execute(statement)
            }
        }
    }

    // MARK: What a provider has

    func inventories(_ id: String) async throws -> [(String, HostState.Inventory)] {
        (try await inventories(of: [id])[id] ?? [:]).sorted { $0.key < $1.key }
    }

    /// By provider and resource class.
    func inventories(of ids: [String]) async throws -> [String: [String: HostState.Inventory]] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await database.query("SELECT * FROM inventories WHERE provider IN \(anyOf: ids)")
        return try rows.reduce(into: [:]) { all, row in
            all[try row.get("provider"), default: [:]][try row.get("resource_class")] = HostState.Inventory(
                total: try row.get("total"), reserved: try row.get("reserved"),
                allocationRatio: try row.get("allocation_ratio"), minUnit: try row.get("min_unit"),
                maxUnit: try row.get("max_unit", as: Int.self), stepSize: try row.get("step_size"))
        }
    }

    /// Sets inventories; with `replacing`, those not named are removed.
    func setInventories(
        _ id: String, _ inventories: [String: HostState.Inventory], generation: Int, replacing: Bool
    ) async throws {
        try await write(id, generation) { transaction in
            if replacing {
                let kept: SQL =
                    inventories.isEmpty ? "" : " AND resource_class NOT IN \(anyOf: Array(inventories.keys))"
                try Self.refuseUsed(id, kept, transaction)
                try transaction.execute("DELETE FROM inventories WHERE provider = \(id)\(sql: kept)")
            }
            let rows = inventories.sorted { $0.key < $1.key }.map { name, inventory -> SQL in
                """
                (\(id), \(name), \(inventory.total), \(inventory.reserved), \(inventory.minUnit),
                    \(inventory.maxUnit), \(inventory.stepSize), \(inventory.allocationRatio))
                """
            }
            guard !rows.isEmpty else { return }
            try transaction.execute(
                """
                INSERT INTO inventories
                    (provider, resource_class, total, reserved, min_unit, max_unit, step_size, allocation_ratio)
                VALUES \(sql: .joined(rows, separator: ", "))
                ON DUPLICATE KEY UPDATE total = VALUES(total), reserved = VALUES(reserved),
                    min_unit = VALUES(min_unit), max_unit = VALUES(max_unit), step_size = VALUES(step_size),
                    allocation_ratio = VALUES(allocation_ratio)
                """)
        }
    }

    func deleteInventory(_ id: String, _ name: String) async throws {
        let generation = try await provider(id).generation
        try await write(id, generation) { transaction in
            try Self.refuseUsed(id, " AND resource_class = \(name)", transaction)
            guard
                try transaction.execute("DELETE FROM inventories WHERE provider = \(id) AND resource_class = \(name)")
                    > 0
            else {
                throw ServiceError(.notFound, "No inventory of class \(name) found for delete")
            }
        }
    }

    private static func refuseUsed(_ id: String, _ condition: SQL, _ transaction: Transaction) throws {
        let used = try transaction.first(
            "SELECT resource_class FROM allocations WHERE provider = \(id)\(sql: condition) LIMIT 1")
        if let name: String = try used?.get("resource_class") {
            throw ServiceError(.conflict, "Inventory for '\(name)' on resource provider '\(id)' in use.")
        }
    }

    func usages(_ id: String) async throws -> [String: Int] { try await usages(of: [id])[id] ?? [:] }

    /// By provider and resource class.
    func usages(of ids: [String]) async throws -> [String: [String: Int]] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await database.query(
            """
            SELECT i.provider, i.resource_class, CAST(COALESCE((SELECT SUM(a.used) FROM allocations a
                WHERE a.provider = i.provider AND a.resource_class = i.resource_class), 0) AS SIGNED) AS used
            FROM inventories i WHERE i.provider IN \(anyOf: ids)
            """)
        return try rows.reduce(into: [:]) {
            $0[try $1.get("provider"), default: [:]][try $1.get("resource_class")] = try $1.get("used", as: Int.self)
        }
    }

    func traits(_ id: String) async throws -> [String] { try await traits(of: [id])[id] ?? [] }

    /// By provider, sorted.
    func traits(of ids: [String]) async throws -> [String: [String]] {
        guard !ids.isEmpty else { return [:] }
        return try await database.query(
            "SELECT provider, trait FROM provider_traits WHERE provider IN \(anyOf: ids) ORDER BY trait"
        ).reduce(into: [:]) { $0[try $1.get("provider"), default: []].append(try $1.get("trait")) }
    }

    func setTraits(_ id: String, _ traits: [String], generation: Int) async throws {
        try await write(id, generation) { transaction in
            try transaction.execute("DELETE FROM provider_traits WHERE provider = \(id)")
            let rows = Set(traits).sorted().map { "(\(id), \($0))" as SQL }
            guard !rows.isEmpty else { return }
            try transaction.execute(
                "INSERT INTO provider_traits (provider, trait) VALUES \(sql: .joined(rows, separator: ", "))")
        }
    }

    func aggregates(_ id: String) async throws -> [String] {
        try await database.query("SELECT aggregate FROM provider_aggregates WHERE provider = \(id) ORDER BY aggregate")
            .map { try $0.get("aggregate") }
    }

    func setAggregates(_ id: String, _ aggregates: [String], generation: Int) async throws {
        try await write(id, generation) { transaction in
            try transaction.execute("DELETE FROM provider_aggregates WHERE provider = \(id)")
            let rows = Set(aggregates).sorted().map { "(\(id), \($0))" as SQL }
            guard !rows.isEmpty else { return }
            try transaction.execute(
                "INSERT INTO provider_aggregates (provider, aggregate) VALUES \(sql: .joined(rows, separator: ", "))")
        }
    }

    /// One change of a provider, made only if its generation is still the one that the caller saw.
    private func write(
        _ id: String, _ generation: Int, _ body: @escaping @Sendable (Transaction) throws -> Void
    ) async throws {
        try await database.transaction("change-provider") { transaction in
            let matched = try transaction.execute(
                """
                UPDATE resource_providers SET generation = generation + 1, updated_at = UTC_TIMESTAMP(6)
                WHERE id = \(id) AND generation = \(generation)
                """)
            guard matched == 1 else { throw ServiceError(.conflict, "resource provider generation conflict") }
            try body(transaction)
        }
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async throws -> Result? {
        guard let self else { return nil }
        return try await body(self)
    }
}
