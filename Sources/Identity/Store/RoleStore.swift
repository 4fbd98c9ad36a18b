package import Core
package import Database

/// Roles and which implies which.
package enum RoleStore {
    private static let columns: SQL = "r.id, r.domain_id, r.name, r.description, r.options, r.extra"

    private static func role(_ row: Row) throws -> Role {
        Role(
            id: try row.get("id"), domainID: try row.id("domain_id"), name: try row.get("name"),
            description: try row.get("description"), options: try row.object("options"),
            extra: try row.object("extra"))
    }

    package static func find(_ id: RoleID, _ tx: Transaction, _ reading: Reading = .plain) throws -> Role? {
        try tx.first("SELECT \(sql: columns) FROM roles r WHERE r.id = \(id)\(sql: reading.lock)").map(role)
    }

    package static func find(named name: String, in domain: DomainID?, _ tx: Transaction) throws -> Role? {
        try tx.first(
            "SELECT \(sql: columns) FROM roles r WHERE r.domain_id = \(domain?.rawValue ?? "") AND r.name = \(name)"
        ).map(role)
    }

    /// Roles of no domain by their names.
    /// - Throws: 404 for the first name that there is not.
    package static func find(named names: [String], _ tx: Transaction) throws -> [Role] {
        guard !names.isEmpty else { return [] }
        let found = try tx.query(
            "SELECT \(sql: columns) FROM roles r WHERE r.domain_id = '' AND r.name IN \(anyOf: names)"
        ).map(role)
        return try names.map { name in
            // The database compares names as its collation does: without regard to case.
            guard let role = found.first(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw NotFound.role(name)
            }
            return role
        }
    }

    package static func list(_ filter: RoleFilter, _ tx: Transaction) throws -> [Role] {
        let conditions =
            SQL.matching(filter.name, "r.name") + ["r.domain_id = \(filter.domainID?.rawValue ?? "")"]
        return try tx.query("SELECT \(sql: columns) FROM roles r\(sql: .whereAll(conditions)) ORDER BY r.id")
            .map(role)
    }

    package static func find(_ ids: [RoleID], _ tx: Transaction) throws -> [Role] {
        try tx.query("SELECT \(sql: columns) FROM roles r WHERE r.id IN \(anyOf: ids) ORDER BY r.id").map(role)
    }

    package static func insert(_ role: Role, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO roles (id, domain_id, name, description, options, extra)
            VALUES (\(role.id), \(role.domainID?.rawValue ?? ""), \(role.name), \(role.description),
                \(JSONValue.object(role.options)), \(JSONValue.object(role.extra)))
            """)
    }

    package static func update(_ role: Role, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE roles SET name = \(role.name), description = \(role.description),
                options = \(JSONValue.object(role.options)), extra = \(JSONValue.object(role.extra)),
                version = version + 1
            WHERE id = \(role.id)
            """)
    }

    /// Assignments and implications go with it.
    package static func delete(_ id: RoleID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM trust_roles WHERE role_id = \(id)")
        try tx.execute("DELETE FROM roles WHERE id = \(id)")
    }

    package static func delete(ofDomain domain: DomainID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM roles WHERE domain_id = \(domain)")
    }

    // MARK: Implications

    /// All roles and rules: tens of rows, read whole.
    package static func inferences(_ tx: Transaction) throws -> RoleInferences {
        let rows = try tx.query(
            """
            SELECT \(sql: columns),
                (SELECT JSON_ARRAYAGG(i.implied_role_id) FROM implied_roles i WHERE i.prior_role_id = r.id) AS implied
            FROM roles r ORDER BY r.id
            """)
        var roles: [Role] = []
        var rules: [(prior: RoleID, implied: RoleID)] = []
        for row in rows {
            let role = try role(row)
            roles.append(role)
            let implied: JSONValue? = try row.get("implied")
            for id in implied?.array?.compactMap(\.string).sorted() ?? [] {
                rules.append((prior: role.id, implied: RoleID(id)))
            }
        }
        return RoleInferences(roles: roles, rules: rules)
    }

    package static func addImplication(_ prior: RoleID, _ implied: RoleID, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO implied_roles (prior_role_id, implied_role_id) VALUES (\(prior), \(implied))
            ON DUPLICATE KEY UPDATE implied_role_id = implied_role_id
            """)
    }

    /// - Returns: whether there was such a rule.
    package static func removeImplication(_ prior: RoleID, _ implied: RoleID, _ tx: Transaction) throws -> Bool {
        try tx.execute(
            "DELETE FROM implied_roles WHERE prior_role_id = \(prior) AND implied_role_id = \(implied)") > 0
    }
}
