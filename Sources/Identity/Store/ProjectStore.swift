package import Core
package import Database

/// Projects and domains.
package enum ProjectStore {
    private static let columns: SQL = """
        p.id, p.name, p.domain_id, p.parent_id, p.is_domain, p.description, p.enabled, p.options, p.extra,
        (SELECT JSON_ARRAYAGG(t.name) FROM project_tags t WHERE t.project_id = p.id) AS tags
        """
    /// A domain `d` beside something else.
    static let domainColumns: SQL = """
        d.id AS d_id, d.name AS d_name, d.domain_id AS d_domain_id, d.parent_id AS d_parent_id,
        d.is_domain AS d_is_domain, d.description AS d_description, d.enabled AS d_enabled, d.options AS d_options,
        d.extra AS d_extra, (SELECT JSON_ARRAYAGG(t.name) FROM project_tags t WHERE t.project_id = d.id) AS d_tags
        """

    private static func project(_ row: Row) throws -> Project { try project(row, "") }

    /// The domain that `domainColumns` have read.
    static func domain(_ row: Row) throws -> Project { try project(row, "d_") }

    private static func project(_ row: Row, _ prefix: String) throws -> Project {
        let tags: JSONValue? = try row.get(prefix + "tags")
        return Project(
            id: try row.get(prefix + "id"), name: try row.get(prefix + "name"),
            domainID: try row.id(prefix + "domain_id"), parentID: try row.id(prefix + "parent_id"),
            isDomain: try row.get(prefix + "is_domain"), description: try row.get(prefix + "description"),
            isEnabled: try row.get(prefix + "enabled"), options: try row.object(prefix + "options"),
            extra: try row.object(prefix + "extra"), tags: tags?.array?.compactMap(\.string).sorted() ?? [])
    }

    package static func find(
        _ id: ProjectID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> Project? {
        try tx.first("SELECT \(sql: columns) FROM projects p WHERE p.id = \(id)\(sql: reading.lock)").map(project)
    }

    /// How a project is named: by its id, or by its name in a domain that is itself named by id or by name.
    package enum Reference: Sendable {
        case id(ProjectID)
        case name(String, in: DomainID)
        case names(String, domain: String)
    }

    /// A project with its domain, in one statement. By its id it may be a domain, which is then its own; names are
    /// those of projects alone, since a domain and a project in it may have the same.
    package static func findWithDomain(
        _ reference: Reference, _ tx: Transaction
    ) throws -> (project: Project, domain: Project)? {
        let tables: SQL =
            switch reference {
            case .id(let id):
                """
                projects p JOIN projects d ON d.id = IF(p.domain_id = '', p.id, p.domain_id) AND d.is_domain
                WHERE p.id = \(id)
                """
            case .name(let name, let domain):
                """
                projects d JOIN projects p ON p.domain_id = d.id
                WHERE d.id = \(domain) AND d.is_domain AND p.name = \(name)
                """
            case .names(let name, let domain):
                """
                projects d JOIN projects p ON p.domain_id = d.id
                WHERE d.domain_id = '' AND d.name = \(domain) AND d.is_domain AND p.name = \(name)
                """
            }
        return try tx.first(
            "SELECT \(sql: columns), \(sql: domainColumns) FROM \(sql: tables)"
        ).map { (try project($0), try domain($0)) }
    }

    /// A domain, which is a row like any other but for `is_domain`.
    package static func findDomain(
        _ id: DomainID, _ tx: Transaction, _ reading: Reading = .plain
    ) throws -> Project? {
        let project = try find(ProjectID(id.rawValue), tx, reading)
        return project?.isDomain == true ? project : nil
    }

    /// - Parameter domain: nil looks among the domains.
    package static func find(named name: String, in domain: DomainID?, _ tx: Transaction) throws -> Project? {
        try tx.first(
            """
            SELECT \(sql: columns) FROM projects p
            WHERE p.domain_id = \(domain?.rawValue ?? "") AND p.name = \(name)
            """
        ).map(project)
    }

    package static func list(_ filter: ProjectFilter, _ tx: Transaction) throws -> [Project] {
        var conditions = SQL.matching(filter.name, "p.name") + SQL.after(filter.page, "p.id")
        if let isDomain = filter.isDomain { conditions.append("p.is_domain = \(isDomain)") }
        if let domain = filter.domainID { conditions.append("p.domain_id = \(domain)") }
        if let parent = filter.parentID { conditions.append("p.parent_id = \(parent)") }
        if let isEnabled = filter.isEnabled { conditions.append("p.enabled = \(isEnabled)") }
        if let ids = filter.ids { conditions.append("p.id IN \(anyOf: ids)") }
        conditions += tagConditions(filter)
        return try tx.query(
            "SELECT \(sql: columns) FROM projects p\(sql: .whereAll(conditions))\(sql: .ordered(filter.page, "p.id"))"
        ).map(project)
    }

    private static func tagConditions(_ filter: ProjectFilter) -> [SQL] {
        func count(_ tags: [String]) -> SQL {
            "(SELECT COUNT(*) FROM project_tags t WHERE t.project_id = p.id AND t.name IN \(anyOf: tags))"
        }
        var conditions: [SQL] = []
        let all = Array(Set(filter.tagsAll))
        if !all.isEmpty { conditions.append("\(sql: count(all)) = \(all.count)") }
        if !filter.tagsAny.isEmpty { conditions.append("\(sql: count(filter.tagsAny)) > 0") }
        let notAll = Array(Set(filter.notTagsAll))
        if !notAll.isEmpty { conditions.append("\(sql: count(notAll)) < \(notAll.count)") }
        if !filter.notTagsAny.isEmpty { conditions.append("\(sql: count(filter.notTagsAny)) = 0") }
        return conditions
    }

    package static func insert(_ project: Project, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO projects (id, name, domain_id, parent_id, is_domain, description, enabled, options, extra)
            VALUES (\(project.id), \(project.name), \(project.domainID?.rawValue ?? ""),
                \(project.parentID?.rawValue ?? ""), \(project.isDomain), \(project.description),
                \(project.isEnabled), \(JSONValue.object(project.options)), \(JSONValue.object(project.extra)))
            """)
        try setTags(project.id, project.tags, tx)
    }

    /// Writes everything but id, domain and parent, which never change.
    package static func update(_ project: Project, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE projects SET name = \(project.name), description = \(project.description),
                enabled = \(project.isEnabled), options = \(JSONValue.object(project.options)),
                extra = \(JSONValue.object(project.extra)), version = version + 1
            WHERE id = \(project.id)
            """)
        try setTags(project.id, project.tags, tx)
    }

    package static func setTags(_ id: ProjectID, _ tags: [String], _ tx: Transaction) throws {
        try tx.execute("DELETE FROM project_tags WHERE project_id = \(id)")
        guard !tags.isEmpty else { return }
        let values = tags.map { tag -> SQL in "(\(id), \(tag))" }
        try tx.execute("INSERT INTO project_tags (project_id, name) VALUES \(sql: .joined(values, separator: ", "))")
    }

    /// Takes the row's lock, so that what is then decided about the project still holds at commit.
    package static func lock(_ id: ProjectID, _ tx: Transaction) throws {
        _ = try tx.first("SELECT id FROM projects WHERE id = \(id) FOR UPDATE")
    }

    /// Deletes projects and everything that hangs on them; users, groups and roles of domains apart.
    package static func delete(_ ids: [ProjectID], _ tx: Transaction) throws {
        for part in ids.statementParts { try delete(part, tx) }
    }

    private static func delete(_ ids: ArraySlice<ProjectID>, _ tx: Transaction) throws {
        try tx.execute(
            "DELETE FROM role_assignments WHERE target_type IN ('project', 'domain') AND target_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM application_credentials WHERE project_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM credentials WHERE project_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM trusts WHERE project_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM limits WHERE project_id IN \(anyOf: ids) OR domain_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM project_endpoints WHERE project_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM project_endpoint_groups WHERE project_id IN \(anyOf: ids)")
        try tx.execute("UPDATE users SET default_project_id = NULL WHERE default_project_id IN \(anyOf: ids)")
        try tx.execute("DELETE FROM projects WHERE id IN \(anyOf: ids)")
    }

    // MARK: Hierarchy

    /// The projects above one, nearest first; domains are not among them.
    package static func ancestors(of id: ProjectID, _ tx: Transaction) throws -> [Project] {
        let rows = try tx.query(
            """
            WITH RECURSIVE chain (id, depth) AS (
                SELECT parent_id, 1 FROM projects WHERE id = \(id)
                UNION ALL
                SELECT q.parent_id, chain.depth + 1 FROM projects q JOIN chain ON q.id = chain.id
                WHERE chain.depth < 64
            )
            SELECT \(sql: columns) FROM chain JOIN projects p ON p.id = chain.id
            WHERE NOT p.is_domain ORDER BY chain.depth
            """)
        return try rows.map(project)
    }

    /// All projects below one.
    package static func descendants(of id: ProjectID, _ tx: Transaction) throws -> [Project] {
        let rows = try tx.query(
            """
            WITH RECURSIVE tree (id, depth) AS (
                SELECT id, 1 FROM projects WHERE parent_id = \(id)
                UNION ALL
                SELECT q.id, tree.depth + 1 FROM projects q JOIN tree ON q.parent_id = tree.id
                WHERE tree.depth < 64
            )
            SELECT \(sql: columns) FROM tree JOIN projects p ON p.id = tree.id ORDER BY tree.depth, p.id
            """)
        return try rows.map(project)
    }

    /// Pairs of a project and one below it, for several projects.
    package static func descendants(
        of ids: [String], _ tx: Transaction
    ) throws -> [(above: ProjectID, below: ProjectID)] {
        guard !ids.isEmpty else { return [] }
        return try tx.query(
            """
            WITH RECURSIVE tree (top, id, depth) AS (
                SELECT parent_id, id, 1 FROM projects WHERE parent_id IN \(anyOf: ids)
                UNION ALL
                SELECT tree.top, q.id, tree.depth + 1 FROM projects q JOIN tree ON q.parent_id = tree.id
                WHERE tree.depth < 64
            )
            SELECT top, id FROM tree ORDER BY depth, id
            """
        ).map { (try $0.get("top"), try $0.get("id")) }
    }

    /// Pairs of a domain and a project in it, for several domains.
    package static func members(
        of domains: [String], _ tx: Transaction
    ) throws -> [(domain: DomainID, project: ProjectID)] {
        guard !domains.isEmpty else { return [] }
        return try tx.query(
            "SELECT domain_id, id FROM projects WHERE domain_id IN \(anyOf: domains) AND NOT is_domain ORDER BY id"
        ).map { (try $0.get("domain_id"), try $0.get("id")) }
    }

    package static func hasChildren(_ id: ProjectID, _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT id FROM projects WHERE parent_id = \(id) LIMIT 1") != nil
    }
}
