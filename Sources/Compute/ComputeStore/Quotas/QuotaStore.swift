package import Core
package import Database

/// Quotas, and their use derived from the rows they limit.
package enum QuotaStore {
    package struct Usage: Sendable, Equatable {
        package var servers: Int
        package var vcpus: Int
        package var memoryMiB: Int

        package init(servers: Int = 0, vcpus: Int = 0, memoryMiB: Int = 0) {
            self.servers = servers
            self.vcpus = vcpus
            self.memoryMiB = memoryMiB
        }
    }

    /// Makes the project's other accepting transactions wait until this one ends, so that two cannot
    /// both take the last of a quota.
    package static func lock(_ project: ProjectID, in transaction: Transaction) throws {
        try transaction.execute("INSERT IGNORE INTO quota_locks (project_id) VALUES (\(project))")
        _ = try transaction.first("SELECT project_id FROM quota_locks WHERE project_id = \(project) FOR UPDATE")
    }

    private static func usageQuery(_ project: ProjectID) -> SQL {
        """
        SELECT COUNT(*) AS servers, COALESCE(SUM(vcpus), 0) AS vcpus, COALESCE(SUM(memory_mib), 0) AS memory_mib
        FROM servers WHERE project_id = \(project) AND deleted_at IS NULL
        """
    }

    private static func usage(_ row: Row?) throws -> Usage {
        guard let row else { return Usage() }
        return Usage(
            servers: try row.get("servers"), vcpus: try row.get("vcpus"), memoryMiB: try row.get("memory_mib"))
    }

    package static func usage(of project: ProjectID, in transaction: Transaction) throws -> Usage {
        try usage(try transaction.first(usageQuery(project)))
    }

    package static func usage(of project: ProjectID, in database: Database) async throws -> Usage {
        try usage(try await database.first(usageQuery(project)))
    }

    /// The limits set for a project; what is not set has the configured default. -1 is no limit.
    package static func limits(of project: ProjectID, in database: Database) async throws -> [String: Int] {
        try limits(
            try await database.query(
                "SELECT resource, hard_limit FROM quotas WHERE project_id = \(project) AND user_id = ''"))
    }

    package static func limits(of project: ProjectID, in transaction: Transaction) throws -> [String: Int] {
        try limits(
            try transaction.query(
                "SELECT resource, hard_limit FROM quotas WHERE project_id = \(project) AND user_id = ''"))
    }

    private static func limits(_ rows: [Row]) throws -> [String: Int] {
        try Dictionary(
            rows.map { (try $0.get("resource", as: String.self), try $0.get("hard_limit", as: Int.self)) },
            uniquingKeysWith: { first, _ in first })
    }

    package static func setLimits(_ limits: [String: Int], of project: ProjectID, in database: Database) async throws {
        guard !limits.isEmpty else { return }
        let rows = limits.sorted { $0.key < $1.key }.map { "(\(project), '', \($0.key), \($0.value))" as SQL }
        try await database.execute(
            """
            INSERT INTO quotas (project_id, user_id, resource, hard_limit) VALUES \(sql: .joined(rows, separator: ", "))
            ON DUPLICATE KEY UPDATE hard_limit = VALUE(hard_limit)
            """)
    }

    package static func resetLimits(of project: ProjectID, in database: Database) async throws {
        try await database.execute("DELETE FROM quotas WHERE project_id = \(project)")
    }
}
