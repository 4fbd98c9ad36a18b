package import ComputeModel
package import Core
package import Database
package import FoundationEssentials

/// What a list of servers is narrowed to, and its order.
package struct ServerFilter: Sendable {
    package enum Deleted: Sendable { case no, only, both }

    package enum SortColumn: String, Sendable, CaseIterable {
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case launchedAt = "launched_at"
        case name = "name"
        case uuid = "uuid"
        case vmState = "vm_state"
        case taskState = "task_state"
        case host = "host"
        case zone = "availability_zone"
        case keyName = "key_name"
        case project = "project_id"
        case user = "user_id"

        var column: StaticString {
            switch self {
            case .createdAt: "created_at"
            case .updatedAt: "updated_at"
            case .launchedAt: "launched_at"
            case .name: "name"
            case .uuid: "id"
            case .vmState: "vm_state"
            case .taskState: "task_state"
            case .host: "host"
            case .zone: "zone"
            case .keyName: "key_name"
            case .project: "project_id"
            case .user: "user_id"
            }
        }
    }

    package var project: ProjectID?
    package var user: UserID?
    package var ids: [ServerID] = []
    package var deleted = Deleted.no
    /// A regular expression, or plain text found anywhere in the name.
    package var name: String?
    package var statuses: [String] = []
    package var vmStates: [String] = []
    package var taskStates: [String] = []
    package var image: String?
    package var flavor: String?
    package var host: String?
    package var node: String?
    package var zone: String?
    package var keyName: String?
    package var reservationID: String?
    package var address: String?
    package var isLocked: Bool?
    package var powerState: Int?
    package var description: String?
    package var hasAllTags: [String] = []
    package var hasAnyTag: [String] = []
    package var lacksAllTags: [String] = []
    package var lacksAnyTag: [String] = []
    package var metadata: [(String, String)] = []
    package var changedSince: Date?
    package var changedBefore: Date?
    package var sort: SortColumn = .createdAt
    package var isAscending = false

    package init() {}
}

/// Pages of servers.
package enum ServerListStore {
    /// One page, after the server `marker`.
    /// - Throws: `.badRequest` when the marker is not a server.
    package static func list(
        _ filter: ServerFilter, after marker: ServerID?, limit: Int, in database: Database
    ) async throws -> [Server] {
        var conditions = conditions(filter)
        let column = SQL(stringLiteral: filter.sort.column)
        if let marker {
            guard let row = try await database.first("SELECT number FROM servers WHERE id = \(marker)") else {
                throw ServiceError(.badRequest, "marker [\(marker)] not found")
            }
            let number: Int64 = try row.get("number")
            let text: SQL = "COALESCE(\(sql: column), '')"
            let last: SQL = "(SELECT COALESCE(\(sql: column), '') FROM servers m WHERE m.id = \(marker))"
            conditions.append(
                filter.isAscending
                    ? "(\(sql: text) > \(sql: last) OR (\(sql: text) = \(sql: last) AND number > \(number)))"
                    : "(\(sql: text) < \(sql: last) OR (\(sql: text) = \(sql: last) AND number < \(number)))")
        }
        let order: SQL =
            filter.isAscending
            ? "COALESCE(\(sql: column), '') ASC, number ASC" : "COALESCE(\(sql: column), '') DESC, number DESC"
        let sql: SQL = """
            SELECT * FROM servers WHERE \(sql: SQL.joined(conditions, separator: " AND "))
            ORDER BY \(sql: order) LIMIT \(limit)
            """
        return try Server.list(await database.query(sql))
    }

    package static func count(_ filter: ServerFilter, in database: Database) async throws -> Int {
        let sql: SQL = """
            SELECT COUNT(*) AS found FROM servers WHERE \(sql: SQL.joined(conditions(filter), separator: " AND "))
            """
        return try await database.first(sql)?.get("found") ?? 0
    }

    private static func conditions(_ filter: ServerFilter) -> [SQL] {
        var all: [SQL] = ["TRUE"]
        switch filter.deleted {
        case .no: all.append("deleted_at IS NULL")
        case .only: all.append("deleted_at IS NOT NULL")
        case .both: break
        }
        if let project = filter.project { all.append("project_id = \(project)") }
        if let user = filter.user { all.append("user_id = \(user)") }
        if !filter.ids.isEmpty { all.append("id IN \(anyOf: filter.ids)") }
        if let name = filter.name { all.append(isPlain(name) ? "name LIKE \(like(name))" : "name REGEXP \(name)") }
        if !filter.statuses.isEmpty { all.append(statusCondition(filter.statuses)) }
        if !filter.vmStates.isEmpty { all.append("vm_state IN \(anyOf: filter.vmStates)") }
        if !filter.taskStates.isEmpty { all.append("task_state IN \(anyOf: filter.taskStates)") }
        if let image = filter.image { all.append("image_id = \(image)") }
        if let flavor = filter.flavor { all.append("flavor_id = \(flavor)") }
        if let host = filter.host { all.append("host = \(host)") }
        if let node = filter.node { all.append("node = \(node)") }
        if let zone = filter.zone { all.append("zone = \(zone)") }
        if let key = filter.keyName { all.append("key_name = \(key)") }
        if let reservation = filter.reservationID { all.append("reservation_id = \(reservation)") }
        if let isLocked = filter.isLocked { all.append("is_locked = \(isLocked)") }
        if let power = filter.powerState { all.append("power_state = \(power)") }
        if let description = filter.description { all.append("description LIKE \(like(description))") }
        if let address = filter.address {
            all.append("network_info LIKE \("%\"address\":\"\(escaped(address))%")")
        }
        if let since = filter.changedSince {
            all.append("GREATEST(created_at, COALESCE(updated_at, created_at)) >= \(since)")
        }
        if let before = filter.changedBefore {
            all.append("GREATEST(created_at, COALESCE(updated_at, created_at)) <= \(before)")
        }
        for (name, value) in filter.metadata {
            all.append("id IN (SELECT server_id FROM server_metadata WHERE name = \(name) AND value = \(value))")
        }
        return all + tagConditions(filter)
    }

    private static func tagConditions(_ filter: ServerFilter) -> [SQL] {
        var all: [SQL] = []
        func count(_ tags: [String]) -> SQL {
            "(SELECT COUNT(*) FROM server_tags t WHERE t.server_id = servers.id AND t.tag IN \(anyOf: tags))"
        }
        if !filter.hasAllTags.isEmpty {
            all.append("\(sql: count(filter.hasAllTags)) = \(Set(filter.hasAllTags).count)")
        }
        if !filter.hasAnyTag.isEmpty { all.append("\(sql: count(filter.hasAnyTag)) > 0") }
        if !filter.lacksAllTags.isEmpty {
            all.append("\(sql: count(filter.lacksAllTags)) < \(Set(filter.lacksAllTags).count)")
        }
        if !filter.lacksAnyTag.isEmpty { all.append("\(sql: count(filter.lacksAnyTag)) = 0") }
        return all
    }

    /// The pairs of states that are shown with one of some statuses.
    private static func statusCondition(_ statuses: [String]) -> SQL {
        var parts: [SQL] = ["FALSE"]
        for state in VMState.allCases {
            let tasks = TaskState.allCases.filter { task in statuses.contains { ServerStatus.matches($0, state, task) }
            }
            let whenIdle = statuses.contains { ServerStatus.matches($0, state, nil) }
            if whenIdle, tasks.count == TaskState.allCases.count {
                parts.append("vm_state = \(state)")
            } else if whenIdle {
                parts.append("(vm_state = \(state) AND (task_state IS NULL OR task_state IN \(anyOf: tasks)))")
            } else if !tasks.isEmpty {
                parts.append("(vm_state = \(state) AND task_state IN \(anyOf: tasks))")
            }
        }
        return "(\(sql: SQL.joined(parts, separator: " OR ")))"
    }

    private static func isPlain(_ text: String) -> Bool {
        text.allSatisfy { $0.isLetter || $0.isNumber || "-_ :@".contains($0) }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { $0 += "\\%_".contains($1) ? "\\\($1)" : "\($1)" }
    }

    private static func like(_ text: String) -> String { "%\(escaped(text))%" }
}
