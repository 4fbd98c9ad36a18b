import ComputeModel
import ComputeStore
import Core
import FoundationEssentials
import WebAPI

/// The query of a list of servers as a filter. What a caller may not filter by is ignored, as Nova does.
struct ServerQuery: Sendable {
    let filter: ServerFilter
    let paging: Paging

    init(_ request: APIRequest, allProjects: PolicyRule, maxLimit: Int) throws {
        let query = request.query
        paging = try Paging(
            query, sortKeys: Set(ServerFilter.SortColumn.allCases.map(\.rawValue) + Self.otherSortKeys.keys),
            defaultSort: [.init("created_at", .desc)], defaultDirection: .desc, maxLimit: maxLimit)
        var filter = ServerFilter()
        if let key = paging.sort.first {
            filter.sort = .init(rawValue: key.name) ?? Self.otherSortKeys[key.name] ?? .createdAt
            filter.isAscending = key.direction == .asc
        }
        filter.name = query.last("name")
        filter.statuses = query.all("status").map { $0.uppercased() }
        if let unknown = filter.statuses.first(where: { ServerStatus.states(for: $0).isEmpty }) {
            // A status that does not exist matches nothing.
            filter.statuses = [unknown]
        }
        filter.image = query.last("image")
        filter.flavor = query.last("flavor")
        filter.address = query.last("ip") ?? query.last("ip6")
        filter.reservationID = query.last("reservation_id")
        filter.changedSince = try Self.date(query, "changes-since")
        filter.changedBefore = try Self.date(query, "changes-before")
        filter.hasAllTags = Self.list(query.last("tags"))
        filter.hasAnyTag = Self.list(query.last("tags-any"))
        filter.lacksAllTags = Self.list(query.last("not-tags"))
        filter.lacksAnyTag = Self.list(query.last("not-tags-any"))
        if request.version >= "2.73" { filter.isLocked = try Self.bool(query, "locked") }
        if filter.changedSince != nil { filter.deleted = .both }
        let isPrivileged = request.isAllowed(ComputePolicy.serverAllFilters)
        if isPrivileged || request.version >= "2.83" {
            filter.zone = query.last("availability_zone")
            filter.keyName = query.last("key_name")
            filter.powerState = query.last("power_state").flatMap { Int($0) }
            filter.description = query.last("description")
            filter.vmStates = query.all("vm_state")
            filter.taskStates = query.all("task_state")
            filter.user = query.last("user_id").map { UserID($0) }
        }
        if isPrivileged {
            filter.host = query.last("host")
            filter.node = query.last("node")
            filter.ids = query.all("uuid").map { ServerID($0) }
            if let deleted = try Self.bool(query, "deleted") { filter.deleted = deleted ? .only : .no }
        }
        if try Self.bool(query, "all_tenants") == true {
            try request.authorize(allProjects)
            filter.project = (query.last("project_id") ?? query.last("tenant_id")).map { ProjectID($0) }
        } else {
            filter.project = request.context.projectID
        }
        self.filter = filter
    }

    private static let otherSortKeys: [String: ServerFilter.SortColumn] = [
        "display_name": .name, "instance_type_id": .createdAt, "image_ref": .createdAt, "node": .host,
        "power_state": .vmState, "root_device_name": .createdAt, "launch_index": .createdAt,
        "access_ip_v4": .createdAt, "access_ip_v6": .createdAt, "auto_disk_config": .createdAt,
        "config_drive": .createdAt, "display_description": .name, "progress": .createdAt,
        "terminated_at": .updatedAt,
    ]

    private static func list(_ text: String?) -> [String] { text?.split(separator: ",").map(String.init) ?? [] }

    private static func date(_ query: QueryItems, _ name: String) throws -> Date? {
        guard let text = query.last(name) else { return nil }
        guard let date = Date(iso8601: text) else {
            throw ServiceError(.badRequest, "Invalid input for query parameters \(name). Value: \(text).")
        }
        return date
    }

    private static func bool(_ query: QueryItems, _ name: String) throws -> Bool? {
        guard let text = query.last(name) else { return nil }
        switch text.lowercased() {
        case "", "1", "true", "t", "on", "y", "yes": return true
        case "0", "false", "f", "off", "n", "no": return false
        default:
            throw ServiceError(.badRequest, "Unrecognized value '\(text)' for \(name).")
        }
    }
}
