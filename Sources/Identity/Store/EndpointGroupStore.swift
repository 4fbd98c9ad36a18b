package import Core
package import Database

/// Endpoint groups, and which projects they and single endpoints are attached to.
package enum EndpointGroupStore {
    private static func group(_ row: Row) throws -> EndpointGroup {
        EndpointGroup(
            id: try row.get("id"), name: try row.get("name"), description: try row.get("description"),
            filters: try row.object("filters"))
    }

    package static func find(
        _ id: EndpointGroupID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> EndpointGroup? {
        try tx.first("SELECT * FROM endpoint_groups WHERE id = \(id)\(sql: reading.lock)").map(group)
    }

    package static func list(name: String?, _ tx: Transaction) throws -> [EndpointGroup] {
        let conditions: [SQL] = name.map { ["name = \($0)"] } ?? []
        return try tx.query("SELECT * FROM endpoint_groups\(sql: .whereAll(conditions)) ORDER BY id").map(group)
    }

    package static func list(ofProject project: ProjectID, _ tx: Transaction) throws -> [EndpointGroup] {
        try tx.query(
            """
            SELECT g.* FROM project_endpoint_groups m JOIN endpoint_groups g ON g.id = m.endpoint_group_id
            WHERE m.project_id = \(project) ORDER BY g.id
            """
        ).map(group)
    }

    package static func insert(_ group: EndpointGroup, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO endpoint_groups (id, name, description, filters)
            VALUES (\(group.id), \(group.name), \(group.description), \(JSONValue.object(group.filters)))
            """)
    }

    package static func update(_ group: EndpointGroup, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE endpoint_groups SET name = \(group.name), description = \(group.description),
                filters = \(JSONValue.object(group.filters)), version = version + 1
            WHERE id = \(group.id)
            """)
    }

    package static func delete(_ id: EndpointGroupID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM endpoint_groups WHERE id = \(id)")
    }

    package static func projects(of id: EndpointGroupID, _ tx: Transaction) throws -> [ProjectID] {
        try tx.query(
            "SELECT project_id FROM project_endpoint_groups WHERE endpoint_group_id = \(id) ORDER BY project_id"
        )
        .map { try $0.get("project_id") }
    }

    package static func attach(_ id: EndpointGroupID, to project: ProjectID, _ tx: Transaction) throws {
        try tx.execute(
            "INSERT INTO project_endpoint_groups (project_id, endpoint_group_id) VALUES (\(project), \(id))")
    }

    package static func detach(_ id: EndpointGroupID, from project: ProjectID, _ tx: Transaction) throws -> Bool {
        try tx.execute(
            "DELETE FROM project_endpoint_groups WHERE project_id = \(project) AND endpoint_group_id = \(id)") > 0
    }

    // MARK: Single endpoints

    package static func endpoints(ofProject project: ProjectID, _ tx: Transaction) throws -> [EndpointID] {
        try tx.query("SELECT endpoint_id FROM project_endpoints WHERE project_id = \(project) ORDER BY endpoint_id")
            .map { try $0.get("endpoint_id") }
    }

    package static func projects(ofEndpoint endpoint: EndpointID, _ tx: Transaction) throws -> [ProjectID] {
        try tx.query("SELECT project_id FROM project_endpoints WHERE endpoint_id = \(endpoint) ORDER BY project_id")
            .map { try $0.get("project_id") }
    }

    package static func attach(_ endpoint: EndpointID, to project: ProjectID, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO project_endpoints (project_id, endpoint_id) VALUES (\(project), \(endpoint))
            ON DUPLICATE KEY UPDATE endpoint_id = endpoint_id
            """)
    }

    package static func detach(_ endpoint: EndpointID, from project: ProjectID, _ tx: Transaction) throws -> Bool {
        try tx.execute("DELETE FROM project_endpoints WHERE project_id = \(project) AND endpoint_id = \(endpoint)") > 0
    }
}
