import Core
package import Database

/// Quotas: limits per project, and use counted from the rows themselves so that it cannot drift.
package enum QuotaLedger {
    /// Refuses to go beyond the project's limit. Serialised per project and resource by a lock that the transaction
    /// holds to its end, so that racing requests cannot pass together.
    package static func claim(_ resource: String, project: String, count: Int = 1, _ change: NetworkChange) throws {
        guard let limit = try limits(of: project, change.quotas, change.transaction)[resource], limit >= 0 else {
            return
        }
        let transaction = change.transaction
        try transaction.execute(
            "INSERT IGNORE INTO quota_locks (project_id, resource) VALUES (\(project), \(resource))")
        _ = try transaction.query(
            "SELECT resource FROM quota_locks WHERE project_id = \(project) AND resource = \(resource) FOR UPDATE")
        if try used(resource, by: project, transaction) + count > limit {
            throw ServiceError.network(.overQuota, "OverQuota", "Quota exceeded for resources: ['\(resource)'].")
        }
    }

    package static func limits(
        of project: String, _ options: QuotaOptions, _ transaction: Transaction
    ) throws -> [String: Int] {
        var limits = options.limits
        for row in try transaction.query("SELECT resource, quota_limit FROM quotas WHERE project_id = \(project)") {
            let resource: String = try row.get("resource")
            limits[resource] = try row.get("quota_limit")
        }
        return limits
    }

    package static func used(_ resource: String, by project: String, _ transaction: Transaction) throws -> Int {
        guard let table = tables[resource] else { return 0 }
        let row = try transaction.first(
            "SELECT COUNT(*) AS used FROM \(identifier: table) WHERE project_id = \(project)")
        return try row?.get("used") ?? 0
    }

    private static let tables: [String: StaticString] = [
        "network": "networks", "subnet": "subnets", "port": "ports", "router": "routers",
        "floatingip": "floating_ips", "security_group": "security_groups",
        "security_group_rule": "security_group_rules", "subnetpool": "subnetpools", "rbac_policy": "rbac_policies",
    ]
}
