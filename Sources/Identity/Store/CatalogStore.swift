package import Core
package import Database

/// Regions, services and endpoints.
package enum CatalogStore {
    // MARK: Regions

    private static func region(_ row: Row) throws -> Region {
        Region(
            id: try row.get("id"), description: try row.get("description"), parentID: try row.get("parent_region_id"),
            extra: try row.object("extra"))
    }

    package static func region(_ id: RegionID, _ tx: Transaction, _ reading: Reading = .plain) throws -> Region? {
        try tx.first("SELECT * FROM regions WHERE id = \(id)\(sql: reading.lock)").map(region)
    }

    package static func regions(parent: RegionID?, _ tx: Transaction) throws -> [Region] {
        let conditions: [SQL] = parent.map { ["parent_region_id = \($0)"] } ?? []
        return try tx.query("SELECT * FROM regions\(sql: .whereAll(conditions)) ORDER BY id").map(region)
    }

    package static func insert(_ region: Region, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO regions (id, description, parent_region_id, extra)
            VALUES (\(region.id), \(region.description), \(region.parentID), \(JSONValue.object(region.extra)))
            """)
    }

    package static func update(_ region: Region, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE regions SET description = \(region.description), parent_region_id = \(region.parentID),
                extra = \(JSONValue.object(region.extra)), version = version + 1
            WHERE id = \(region.id)
            """)
    }

    package static func delete(_ id: RegionID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM policy_associations WHERE region_id = \(id)")
        try tx.execute("DELETE FROM endpoints WHERE region_id = \(id)")
        try tx.execute("DELETE FROM regions WHERE id = \(id)")
    }

    // MARK: Services

    private static func service(_ row: Row) throws -> CatalogService {
        CatalogService(
            id: try row.get("id"), type: try row.get("type"), isEnabled: try row.get("enabled"),
            extra: try row.object("extra"))
    }

    package static func service(
        _ id: ServiceID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> CatalogService? {
        try tx.first("SELECT * FROM services WHERE id = \(id)\(sql: reading.lock)").map(service)
    }

    /// - Parameter name: compared here, because it lies in the extra attributes.
    package static func services(type: String? = nil, name: String? = nil, _ tx: Transaction) throws
        -> [CatalogService]
    {
        let conditions: [SQL] = type.map { ["type = \($0)"] } ?? []
        let found = try tx.query("SELECT * FROM services\(sql: .whereAll(conditions)) ORDER BY id").map(service)
        guard let name else { return found }
        return found.filter { $0.name == name }
    }

    package static func insert(_ service: CatalogService, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO services (id, type, enabled, extra)
            VALUES (\(service.id), \(service.type), \(service.isEnabled), \(JSONValue.object(service.extra)))
            """)
    }

    package static func update(_ service: CatalogService, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE services SET type = \(service.type), enabled = \(service.isEnabled),
                extra = \(JSONValue.object(service.extra)), version = version + 1
            WHERE id = \(service.id)
            """)
    }

    /// Its endpoints go with it, and what policies it goes by.
    package static func delete(_ id: ServiceID, _ tx: Transaction) throws {
        try tx.execute(
            """
            DELETE FROM policy_associations
            WHERE service_id = \(id) OR endpoint_id IN (SELECT e.id FROM endpoints e WHERE e.service_id = \(id))
            """)
        try tx.execute("DELETE FROM services WHERE id = \(id)")
    }

    // MARK: Endpoints

    private static func endpoint(_ row: Row) throws -> Endpoint {
        Endpoint(
            id: try row.get("id"), serviceID: try row.get("service_id"), interface: try row.get("interface"),
            regionID: try row.get("region_id"), url: try row.get("url"), isEnabled: try row.get("enabled"),
            extra: try row.object("extra"))
    }

    package static func endpoint(
        _ id: EndpointID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> Endpoint? {
        try tx.first("SELECT * FROM endpoints WHERE id = \(id)\(sql: reading.lock)").map(endpoint)
    }

    package static func endpoints(_ filter: EndpointFilter, _ tx: Transaction) throws -> [Endpoint] {
        var conditions: [SQL] = []
        if let service = filter.serviceID { conditions.append("service_id = \(service)") }
        if let interface = filter.interface { conditions.append("interface = \(interface)") }
        if let region = filter.regionID { conditions.append("region_id = \(region)") }
        return try tx.query("SELECT * FROM endpoints\(sql: .whereAll(conditions)) ORDER BY id").map(endpoint)
    }

    package static func insert(_ endpoint: Endpoint, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO endpoints (id, service_id, interface, region_id, url, enabled, extra)
            VALUES (\(endpoint.id), \(endpoint.serviceID), \(endpoint.interface), \(endpoint.regionID),
                \(endpoint.url), \(endpoint.isEnabled), \(JSONValue.object(endpoint.extra)))
            """)
    }

    package static func update(_ endpoint: Endpoint, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE endpoints SET service_id = \(endpoint.serviceID), interface = \(endpoint.interface),
                region_id = \(endpoint.regionID), url = \(endpoint.url), enabled = \(endpoint.isEnabled),
                extra = \(JSONValue.object(endpoint.extra)), version = version + 1
            WHERE id = \(endpoint.id)
            """)
    }

    package static func delete(_ id: EndpointID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM policy_associations WHERE endpoint_id = \(id)")
        try tx.execute("DELETE FROM endpoints WHERE id = \(id)")
    }

    // MARK: The catalogue

    /// What a catalogue is made of.
    package struct Contents: Sendable {
        package var services: [CatalogService] = []
        package var endpoints: [Endpoint] = []
        /// Endpoints that the project has of its own.
        package var chosen: Set<EndpointID> = []
        /// Of the endpoint groups that the project has.
        package var filters: [JSONObject] = []
    }

    /// Enabled services with their enabled endpoints, and what narrows them for a project: in one statement.
    package static func contents(for project: ProjectID?, _ tx: Transaction) throws -> Contents {
        let rows = try tx.query(
            """
            SELECT s.id AS s_id, s.type AS s_type, s.extra AS s_extra, e.*,
                (SELECT JSON_ARRAYAGG(m.endpoint_id) FROM project_endpoints m WHERE m.project_id = \(project)) AS chosen,
                (SELECT JSON_ARRAYAGG(g.filters) FROM project_endpoint_groups m
                    JOIN endpoint_groups g ON g.id = m.endpoint_group_id WHERE m.project_id = \(project)) AS filters
            FROM services s LEFT JOIN endpoints e ON e.service_id = s.id AND e.enabled
            WHERE s.enabled ORDER BY s.id, e.id
            """)
        var contents = Contents()
        for row in rows {
            let id: ServiceID = try row.get("s_id")
            if contents.services.last?.id != id {
                contents.services.append(
                    CatalogService(
                        id: id, type: try row.get("s_type"), isEnabled: true, extra: try row.object("s_extra")))
            }
            if try row.get("id", as: String?.self) != nil { contents.endpoints.append(try endpoint(row)) }
        }
        guard let row = rows.first else { return contents }
        let chosen: JSONValue? = try row.get("chosen")
        contents.chosen = Set(chosen?.array?.compactMap { $0.string.map { EndpointID($0) } } ?? [])
        let filters: JSONValue? = try row.get("filters")
        contents.filters =
            try filters?.array?.compactMap { text in
                try text.string.flatMap { try JSONValue(parsing: $0).object }
            } ?? []
        return contents
    }
}
