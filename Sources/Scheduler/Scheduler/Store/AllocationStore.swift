import Core
import Database

/// Allocations as the Placement API shows and sets them.
struct AllocationStore: Sendable {
    let database: Database

    /// One consumer's use of one provider.
    struct Allocation: Sendable {
        var consumer: String
        var provider: String
        var providerGeneration: Int
        var resources: [String: Int]
    }

    struct Consumer: Sendable {
        var project: String
        var user: String
        var generation: Int
        var type: String?
    }

    func of(consumer: String) async throws -> (Consumer, [Allocation])? {
        guard let row = try await database.first("SELECT * FROM consumers WHERE id = \(consumer)") else { return nil }
        let found = Consumer(
            project: try row.get("project"), user: try row.get("user"), generation: try row.get("generation"),
            type: try row.get("consumer_type"))
        return (found, try await list("a.consumer = \(consumer)"))
    }

    func on(provider: String) async throws -> [Allocation] { try await list("a.provider = \(provider)") }

    private func list(_ condition: SQL) async throws -> [Allocation] {
        let rows = try await database.query(
            """
            SELECT a.*, p.generation FROM allocations a JOIN resource_providers p ON p.id = a.provider
            WHERE \(sql: condition) ORDER BY a.consumer, a.provider, a.resource_class
            """)
        return try rows.reduce(into: []) { result, row in
            let consumer: String = try row.get("consumer")
            let provider: String = try row.get("provider")
            if result.last?.consumer != consumer || result.last?.provider != provider {
                result.append(
                    Allocation(
                        consumer: consumer, provider: provider, providerGeneration: try row.get("generation"),
                        resources: [:]))
            }
            result[result.count - 1].resources[try row.get("resource_class")] = try row.get("used", as: Int.self)
        }
    }

    /// Sums by resource class of a project, or of one of its users.
    func usages(project: String, user: String?) async throws -> [String: Int] {
        let mine: SQL = user.map { " AND c.user = \($0)" } ?? ""
        let rows = try await database.query(
            """
            SELECT a.resource_class, CAST(SUM(a.used) AS SIGNED) AS used FROM allocations a
            JOIN consumers c ON c.id = a.consumer WHERE c.project = \(project)\(sql: mine) GROUP BY a.resource_class
            """)
        return try rows.reduce(into: [:]) { $0[try $1.get("resource_class")] = try $1.get("used", as: Int.self) }
    }

    /// Replaces all that a consumer holds.
    /// - Parameter generation: the consumer's as the caller saw it; nil for one that is new.
    func replace(
        _ consumer: String, _ resources: [String: [String: Int]], project: String, user: String, type: String?,
        generation: Int?, checksGeneration: Bool
    ) async throws {
        try await database.transaction("set-allocations") { transaction in
            let row = try transaction.first("SELECT generation FROM consumers WHERE id = \(consumer) FOR UPDATE")
            let present: Int? = try row?.get("generation")
            if checksGeneration, present != generation {
                throw ServiceError(
                    .conflict,
                    "consumer generation conflict - expected \(present.map(String.init) ?? "null") but got "
                        + "\(generation.map(String.init) ?? "null")")
            }
            try transaction.execute("DELETE FROM allocations WHERE consumer = \(consumer)")
            if resources.isEmpty {
                try transaction.execute("DELETE FROM consumers WHERE id = \(consumer)")
                return
            }
            try transaction.execute(
                """
                INSERT INTO consumers (id, project, user, consumer_type, generation)
                VALUES (\(consumer), \(project), \(user), \(type), 1)
                ON DUPLICATE KEY UPDATE generation = generation + 1, project = VALUES(project), user = VALUES(user),
                    consumer_type = VALUES(consumer_type)
                """)
            // Taken first, so that nobody claims on the providers until this transaction ends.
            let providers = resources.keys.sorted()
            let taken = try transaction.execute(
                "UPDATE resource_providers SET generation = generation + 1 WHERE id IN \(anyOf: providers)")
            guard taken == providers.count else { throw try Self.missing(providers, transaction) }
            if let full = try ClaimStore.misfit(resources, transaction) {
                throw ServiceError(
                    .conflict,
                    "Unable to allocate inventory: Unable to create allocation for resource provider '\(full)'. "
                        + "The requested amount would exceed the capacity.")
            }
            try ClaimStore.insert(resources, of: consumer, transaction)
        }
    }

    private static func missing(_ providers: [String], _ transaction: Transaction) throws -> ServiceError {
        let known = try transaction.query("SELECT id FROM resource_providers WHERE id IN \(anyOf: providers)")
            .map { try $0.get("id", as: String.self) }
        let missing = providers.first { !known.contains($0) } ?? ""
        return ServiceError(.badRequest, "Allocation for resource provider '\(missing)' that does not exist.")
    }
}
