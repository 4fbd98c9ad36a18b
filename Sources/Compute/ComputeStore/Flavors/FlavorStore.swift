package import ComputeModel
package import Core
package import Database
package import FoundationEssentials

extension Flavor {
    package init(_ row: Row) throws {
        self.init(
            id: try row.get("id"), name: try row.get("name"), vcpus: try row.get("vcpus"),
            memoryMiB: try row.get("memory_mib"), rootGiB: try row.get("root_gib"),
            ephemeralGiB: try row.get("ephemeral_gib"), swapMiB: try row.get("swap_mib"),
            rxtxFactor: try row.get("rxtx_factor"), isPublic: try row.get("is_public"),
            isDisabled: try row.get("is_disabled"), description: try row.get("description"),
            extraSpecs: try row.document("extra_specs"), createdAt: try row.get("created_at"))
        updatedAt = try row.get("updated_at")
    }
}

/// Flavors and who may use the private ones.
package enum FlavorStore {
    package static func find(_ id: FlavorID, in database: Database) async throws -> Flavor? {
        try await database.sharedFirst("SELECT * FROM flavors WHERE id = \(id)") { try Flavor($0) }
    }

    /// - Throws: `.conflict` when the id or the name is taken.
    package static func insert(_ flavor: Flavor, in database: Database) async throws {
        try await database.execute(
            """
            INSERT INTO flavors (id, name, description, vcpus, memory_mib, root_gib, ephemeral_gib, swap_mib,
                rxtx_factor, is_public, is_disabled, extra_specs, created_at)
            VALUES (\(flavor.id), \(flavor.name), \(flavor.description), \(flavor.vcpus), \(flavor.memoryMiB),
                \(flavor.rootGiB), \(flavor.ephemeralGiB), \(flavor.swapMiB), \(flavor.rxtxFactor),
                \(flavor.isPublic), \(flavor.isDisabled), \(try jsonColumn(flavor.extraSpecs)), \(flavor.createdAt))
            """)
    }

    package static func setDescription(
        _ description: String?, of id: FlavorID, at now: Date, in database: Database
    ) async throws -> Bool {
        try await database.execute(
            """
            UPDATE flavors SET description = \(description), updated_at = \(now), version = version + 1
            WHERE id = \(id)
            """) > 0
    }

    /// Replaces the extra specs by what `change` makes of them, under the row's lock.
    /// - Returns: the new ones; nil when there is no such flavor.
    package static func changeExtraSpecs(
        of id: FlavorID, at now: Date, in database: Database,
        _ change: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws -> [String: String]? {
        try await database.transaction("flavor-extra-specs") { transaction in
            guard let row = try transaction.first("SELECT * FROM flavors WHERE id = \(id) FOR UPDATE") else {
                return nil
            }
            var specs = try Flavor(row).extraSpecs
            try change(&specs)
            try transaction.execute(
                """
                UPDATE flavors SET extra_specs = \(try jsonColumn(specs)), updated_at = \(now), version = version + 1
                WHERE id = \(id)
                """)
            return specs
        }
    }

    package static func delete(_ id: FlavorID, in database: Database) async throws -> Bool {
        try await database.transaction("delete-flavor") { transaction in
            try transaction.execute("DELETE FROM flavor_access WHERE flavor_id = \(id)")
            return try transaction.execute("DELETE FROM flavors WHERE id = \(id)") > 0
        }
    }

    package static func access(to id: FlavorID, in database: Database) async throws -> [ProjectID] {
        try await database.query(
            "SELECT project_id FROM flavor_access WHERE flavor_id = \(id) ORDER BY project_id"
        ).map { try $0.get("project_id") }
    }

    /// - Throws: `.conflict` when the project has access already.
    package static func grant(_ id: FlavorID, to project: ProjectID, in database: Database) async throws {
        try await database.execute(
            "INSERT INTO flavor_access (flavor_id, project_id) VALUES (\(id), \(project))")
    }

    package static func revoke(_ id: FlavorID, from project: ProjectID, in database: Database) async throws -> Bool {
        try await database.execute(
            "DELETE FROM flavor_access WHERE flavor_id = \(id) AND project_id = \(project)") > 0
    }

    package static func hasAccess(_ project: ProjectID, to id: FlavorID, in database: Database) async throws -> Bool {
        try await database.first(
            "SELECT 1 AS found FROM flavor_access WHERE flavor_id = \(id) AND project_id = \(project)") != nil
    }
}
