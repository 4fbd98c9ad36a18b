package import Core
package import Database

/// Limits and usage. Usage is counted from the rows themselves, so it cannot drift.
package struct QuotaStore: Sendable {
    package let database: Database
    package let defaults: [QuotaResource: Int]

    package init(database: Database, defaults: [QuotaResource: Int]) {
        self.database = database
        self.defaults = defaults
    }

    /// Where the default class's limits are kept; no project has this id.
    package static let defaultClass: ProjectID = ID("class:default")

    /// The limits of a project that has none of its own.
    package func classLimits() async throws -> [QuotaResource: Int] { try await quota(Self.defaultClass).limits }

    package func quota(_ project: ProjectID) async throws -> Quota {
        try await database.transaction("read-quota") { try read(project, in: $0) }
    }

    /// The quota, with the project's other changes held off until the transaction ends: what is checked
    /// against it cannot be exceeded by a request beside this one.
    func locked(_ project: ProjectID, in transaction: Transaction) throws -> Quota {
        try transaction.execute("INSERT IGNORE INTO quota_locks (project_id) VALUES (\(project))")
        _ = try transaction.first("SELECT project_id FROM quota_locks WHERE project_id = \(project) FOR UPDATE")
        return try read(project, in: transaction)
    }

    private func read(_ project: ProjectID, in transaction: Transaction) throws -> Quota {
        var limits = defaults
        // The class first, so that the project's own limits come over it.
        for owner in [Self.defaultClass, project] {
            for row in try transaction.query("SELECT resource, hard_limit FROM quotas WHERE project_id = \(owner)") {
                if let resource = QuotaResource(rawValue: try row.get("resource")) {
                    limits[resource] = try row.get("hard_limit")
                }
            }
        }
        let volumes = try transaction.first(
            """
            SELECT COUNT(*) AS n, COALESCE(SUM(COALESCE(extending_to_gib, size_gib)), 0) AS size FROM volumes
            WHERE project_id = \(project) AND deleted_at IS NULL
            """)
        let snapshots = try transaction.first(
            """
            SELECT COUNT(*) AS n, COALESCE(SUM(size_gib), 0) AS size FROM snapshots
            WHERE project_id = \(project) AND deleted_at IS NULL
            """)
        let used: [QuotaResource: Int] = [
            .volumes: try volumes?.get("n") ?? 0, .snapshots: try snapshots?.get("n") ?? 0,
            .gigabytes: (try volumes?.get("size") ?? 0) + (try snapshots?.get("size") ?? 0),
        ]
        return Quota(limits: limits, used: used)
    }

    package func set(_ project: ProjectID, _ limits: [QuotaResource: Int]) async throws {
        guard !limits.isEmpty else { return }
        let rows = limits.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "(\(project), \($0.key.rawValue), \($0.value))" as SQL }
        try await database.execute(
            """
            INSERT INTO quotas (project_id, resource, hard_limit) VALUES \(sql: .joined(rows, separator: ", "))
            ON DUPLICATE KEY UPDATE hard_limit = VALUE(hard_limit)
            """)
    }

    package func reset(_ project: ProjectID) async throws {
        try await database.execute("DELETE FROM quotas WHERE project_id = \(project)")
    }
}
