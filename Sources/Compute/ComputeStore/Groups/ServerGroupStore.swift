package import Core
package import Database
package import FoundationEssentials

/// Servers that want to be together or apart.
package struct ServerGroup: Sendable {
    package var id: String
    package var project: ProjectID
    package var user: UserID
    package var name: String
    /// `affinity`, `anti-affinity`, `soft-affinity` or `soft-anti-affinity`.
    package var policy: String
    package var rules: [String: JSONValue]
    package var members: [String] = []

    package init(id: String, project: ProjectID, user: UserID, name: String, policy: String, rules: [String: JSONValue])
    {
        self.id = id
        self.project = project
        self.user = user
        self.name = name
        self.policy = policy
        self.rules = rules
    }

    init(_ row: Row) throws {
        let rules: JSONValue = try row.get("rules")
        self.init(
            id: try row.get("id"), project: try row.get("project_id"), user: try row.get("user_id"),
            name: try row.get("name"), policy: try row.get("policy"), rules: rules.object ?? [:])
    }
}

package enum ServerGroupStore {
    package static func list(
        of project: ProjectID?, offset: Int, limit: Int, in database: Database
    ) async throws -> [ServerGroup] {
        let mine: SQL = project.map { "project_id = \($0)" } ?? "TRUE"
        let rows = try await database.query(
            "SELECT * FROM server_groups WHERE \(sql: mine) ORDER BY number LIMIT \(limit) OFFSET \(offset)")
        return try await withMembers(rows.map(ServerGroup.init), database)
    }

    package static func find(_ id: String, in database: Database) async throws -> ServerGroup? {
        guard let row = try await database.first("SELECT * FROM server_groups WHERE id = \(id)") else { return nil }
        return try await withMembers([ServerGroup(row)], database).first
    }

    /// The group that a server belongs to, if any.
    package static func group(of server: ServerID, in database: Database) async throws -> String? {
        try await database.first(
            "SELECT group_id FROM server_group_members WHERE server_id = \(server) LIMIT 1")?.get("group_id")
    }

    /// The groups that several servers belong to, by server.
    package static func groups(of servers: [ServerID], in database: Database) async throws -> [ServerID: String] {
        guard !servers.isEmpty else { return [:] }
        return try await database.query(
            "SELECT server_id, group_id FROM server_group_members WHERE server_id IN \(anyOf: servers)"
        ).reduce(into: [:]) { $0[try $1.get("server_id", as: ServerID.self)] = try $1.get("group_id", as: String.self) }
    }

    package static func count(of project: ProjectID, in transaction: Transaction) throws -> Int {
        try transaction.first("SELECT COUNT(*) AS found FROM server_groups WHERE project_id = \(project)")?
            .get("found") ?? 0
    }

    package static func count(of project: ProjectID, in database: Database) async throws -> Int {
        try await database.first("SELECT COUNT(*) AS found FROM server_groups WHERE project_id = \(project)")?
            .get("found") ?? 0
    }

    package static func insert(_ group: ServerGroup, at now: Date, in transaction: Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO server_groups (id, project_id, user_id, name, policy, rules, created_at)
            VALUES (\(group.id), \(group.project), \(group.user), \(group.name), \(group.policy),
                \(JSONValue.object(group.rules)), \(now))
            """)
    }

    package static func add(_ servers: [ServerID], to group: String, in transaction: Transaction) throws {
        guard !servers.isEmpty else { return }
        let rows = servers.map { "(\(group), \($0))" as SQL }
        try transaction.execute(
            "INSERT IGNORE INTO server_group_members (group_id, server_id) VALUES \(sql: .joined(rows, separator: ", "))"
        )
    }

    package static func delete(_ id: String, in database: Database) async throws -> Bool {
        try await database.transaction("delete-server-group") { transaction in
            try transaction.execute("DELETE FROM server_group_members WHERE group_id = \(id)")
            return try transaction.execute("DELETE FROM server_groups WHERE id = \(id)") > 0
        }
    }

    private static func withMembers(_ groups: [ServerGroup], _ database: Database) async throws -> [ServerGroup] {
        guard !groups.isEmpty else { return [] }
        let rows = try await database.query(
            "SELECT group_id, server_id FROM server_group_members WHERE group_id IN \(anyOf: groups.map(\.id))")
        let members = try rows.reduce(into: [String: [String]]()) {
            $0[try $1.get("group_id", as: String.self), default: []].append(try $1.get("server_id", as: String.self))
        }
        return groups.map { group in
            var group = group
            group.members = members[group.id] ?? []
            return group
        }
    }
}
