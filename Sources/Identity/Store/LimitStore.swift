package import Core
package import Database

/// Registered limits (a default per service, region and resource) and the limits that override them.
package enum LimitStore {
    private static func registered(_ row: Row) throws -> RegisteredLimit {
        RegisteredLimit(
            id: try row.get("id"), serviceID: try row.get("service_id"), regionID: try row.id("region_id"),
            resourceName: try row.get("resource_name"), defaultLimit: try row.get("default_limit"),
            description: try row.get("description"))
    }

    package static func registered(
        _ id: RegisteredLimitID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> RegisteredLimit? {
        try tx.first("SELECT * FROM registered_limits WHERE id = \(id)\(sql: reading.lock)").map(registered)
    }

    package static func registered(
        service: ServiceID?, region: RegionID?, resource: String?, _ tx: Transaction
    ) throws -> [RegisteredLimit] {
        var conditions: [SQL] = []
        if let service { conditions.append("service_id = \(service)") }
        if let region { conditions.append("region_id = \(region)") }
        if let resource { conditions.append("resource_name = \(resource)") }
        return try tx.query("SELECT * FROM registered_limits\(sql: .whereAll(conditions)) ORDER BY id").map(registered)
    }

    package static func insert(_ limit: RegisteredLimit, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO registered_limits (id, service_id, region_id, resource_name, default_limit, description)
            VALUES (\(limit.id), \(limit.serviceID), \(limit.regionID?.rawValue ?? ""), \(limit.resourceName),
                \(limit.defaultLimit), \(limit.description))
            """)
    }

    package static func update(_ limit: RegisteredLimit, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE registered_limits SET service_id = \(limit.serviceID), region_id = \(limit.regionID?.rawValue ?? ""),
                resource_name = \(limit.resourceName), default_limit = \(limit.defaultLimit),
                description = \(limit.description)
            WHERE id = \(limit.id)
            """)
    }

    package static func deleteRegistered(_ id: RegisteredLimitID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM registered_limits WHERE id = \(id)")
    }

    // MARK: Limits

    private static let columns: SQL = """
        l.id AS limit_id, l.project_id, l.domain_id, l.resource_limit, l.description AS limit_description,
        r.id, r.service_id, r.region_id, r.resource_name, r.default_limit, r.description
        """

    private static func limit(_ row: Row) throws -> Limit {
        Limit(
            id: try row.get("limit_id"), registered: try registered(row), projectID: try row.id("project_id"),
            domainID: try row.id("domain_id"), resourceLimit: try row.get("resource_limit"),
            description: try row.get("limit_description"))
    }

    package static func limit(_ id: LimitID, _ tx: Transaction, _ reading: Reading = .plain) throws -> Limit? {
        try tx.first(
            """
            SELECT \(sql: columns) FROM limits l JOIN registered_limits r ON r.id = l.registered_limit_id
            WHERE l.id = \(id)\(sql: reading.lock)
            """
        ).map(limit)
    }

    package static func limits(
        service: ServiceID?, region: RegionID?, resource: String?, project: ProjectID?, domain: DomainID?,
        holder: DomainID? = nil, _ tx: Transaction
    ) throws -> [Limit] {
        var conditions: [SQL] = []
        if let service { conditions.append("r.service_id = \(service)") }
        if let region { conditions.append("r.region_id = \(region)") }
        if let resource { conditions.append("r.resource_name = \(resource)") }
        if let project { conditions.append("l.project_id = \(project)") }
        if let domain { conditions.append("l.domain_id = \(domain)") }
        if let holder {
            conditions.append(
                """
                (l.domain_id = \(holder) OR l.project_id IN (SELECT id FROM projects WHERE domain_id = \(holder)))
                """)
        }
        return try tx.query(
            """
            SELECT \(sql: columns) FROM limits l JOIN registered_limits r ON r.id = l.registered_limit_id
            \(sql: .whereAll(conditions)) ORDER BY l.id
            """
        ).map(limit)
    }

    /// A domain's own limit for a resource, and the greatest among its projects'. -1 stands for no limit, and so for
    /// the greatest of all.
    package static func tree(
        of registered: RegisteredLimitID, in domain: DomainID, _ tx: Transaction
    ) throws -> (own: Int?, greatest: Int?) {
        let row = try tx.first(
            """
            SELECT MAX(IF(l.domain_id = \(domain), l.resource_limit, NULL)) AS own,
                MAX(IF(p.domain_id = \(domain), IF(l.resource_limit < 0, 2147483647, l.resource_limit), NULL)) AS greatest
            FROM limits l LEFT JOIN projects p ON p.id = l.project_id
            WHERE l.registered_limit_id = \(registered) AND (l.domain_id = \(domain) OR p.domain_id = \(domain))
            """)
        return (try row?.get("own"), try row?.get("greatest"))
    }

    package static func insert(_ limit: Limit, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO limits (id, registered_limit_id, project_id, domain_id, resource_limit, description)
            VALUES (\(limit.id), \(limit.registered.id), \(limit.projectID?.rawValue ?? ""),
                \(limit.domainID?.rawValue ?? ""), \(limit.resourceLimit), \(limit.description))
            """)
    }

    package static func update(_ limit: Limit, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE limits SET resource_limit = \(limit.resourceLimit), description = \(limit.description)
            WHERE id = \(limit.id)
            """)
    }

    package static func delete(_ id: LimitID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM limits WHERE id = \(id)")
    }
}
