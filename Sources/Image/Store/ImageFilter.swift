package import Core
import Database
import FoundationEssentials

/// Which images a list shows, in what order.
package struct ImageFilter: Sendable {
    package enum Comparison: String, Sendable { case eq, neq, gt, gte, lt, lte }

    package struct TimeBound: Sendable {
        let comparison: Comparison
        let time: Date
    }

    package struct Order: Sendable, Hashable {
        package enum Key: String, Sendable, CaseIterable {
            case name, status, size, id
            case containerFormat = "container_format"
            case diskFormat = "disk_format"
            case createdAt = "created_at"
            case updatedAt = "updated_at"
        }

        package let key: Key
        package let isDescending: Bool
    }

    /// The project asking; nil with `isAdmin` sees everything.
    package var project: ProjectID?
    package var isAdmin = false
    /// nil: what lists show when nothing is asked.
    package var visibility: ImageVisibility?
    package var allVisibilities = false
    /// For shared images of others: nil is any.
    package var memberStatus: MemberStatus? = .accepted
    package var isHidden = false
    package var equal: [(column: Column, values: [String])] = []
    package var isProtected: Bool?
    package var sizeMin: Int64?
    package var sizeMax: Int64?
    package var created: TimeBound?
    package var updated: TimeBound?
    package var tags: [String] = []
    package var properties: [String: String] = [:]
    package var order: [Order] = []

    package enum Column: String, Sendable {
        case id, name, owner, status, checksum, size
        case containerFormat = "container_format"
        case diskFormat = "disk_format"
        case minDisk = "min_disk"
        case minRAM = "min_ram"
        case hashDigest = "os_hash_value"
        case hashAlgorithm = "os_hash_algo"
        case virtualSize = "virtual_size"

        var sql: SQL {
            switch self {
            case .id: "id"
            case .name: "name"
            case .owner: "owner"
            case .status: "status"
            case .checksum: "checksum"
            case .size: "size"
            case .containerFormat: "container_format"
            case .diskFormat: "disk_format"
            case .minDisk: "min_disk"
            case .minRAM: "min_ram"
            case .hashDigest: "os_hash_value"
            case .hashAlgorithm: "os_hash_algo"
            case .virtualSize: "virtual_size"
            }
        }
    }
}

extension ImageFilter {
    /// The WHERE clause, without paging.
    var condition: SQL {
        var parts: [SQL] = ["status <> 'deleted'", "os_hidden = \(isHidden)", visible]
        if let visibility { parts.append("visibility = \(visibility)") }
        for (column, values) in equal { parts.append("\(sql: column.sql) IN \(anyOf: values)") }
        if let isProtected { parts.append("protected = \(isProtected)") }
        if let sizeMin { parts.append("size >= \(sizeMin)") }
        if let sizeMax { parts.append("size <= \(sizeMax)") }
        if let created { parts.append("created_at \(sql: created.comparison.sql) \(created.time)") }
        if let updated { parts.append("updated_at \(sql: updated.comparison.sql) \(updated.time)") }
        for tag in tags { parts.append("JSON_CONTAINS(tags, \(JSONValue.string(tag).jsonText))") }
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            parts.append("JSON_VALUE(properties, \(Self.path(name))) = \(value)")
        }
        return .joined(parts, separator: " AND ")
    }

    private var visible: SQL {
        guard let project else { return isAdmin ? "TRUE" : "visibility = 'public'" }
        let status: SQL = memberStatus.map { "AND m.status = \($0)" } ?? ""
        let shared: SQL = """
            (visibility = 'shared' AND EXISTS (SELECT 1 FROM image_members m
                WHERE m.image_id = images.id AND m.member = \(project) \(sql: status)))
            """
        if isAdmin {
            return visibility == nil && !allVisibilities ? "(visibility <> 'community' OR owner = \(project))" : "TRUE"
        }
        if visibility == .community || allVisibilities {
            return "(visibility IN ('public', 'community') OR owner = \(project) OR \(sql: shared))"
        }
        return "(visibility = 'public' OR owner = \(project) OR \(sql: shared))"
    }

    /// A JSON path to a member: quotes and backslashes escaped, so that a name cannot be more than one.
    private static func path(_ name: String) -> String {
        var path = "$.\""
        for character in name {
            if character == "\"" || character == "\\" { path.append("\\") }
            path.append(character)
        }
        return path + "\""
    }

    /// The rows after `marker` in this order; nulls sort first, as MariaDB has it.
    func after(_ marker: Image) -> SQL {
        var alternatives: [SQL] = []
        var equals: [SQL] = []
        for order in order {
            let column = order.key.sql
            let value = order.key.value(of: marker)
            let beyond: SQL =
                switch (value, order.isDescending) {
                case (nil, false): "\(sql: column) IS NOT NULL"
                case (nil, true): "FALSE"
                case (let value?, false): "\(sql: column) > \(sql: value)"
                case (let value?, true): "(\(sql: column) < \(sql: value) OR \(sql: column) IS NULL)"
                }
            alternatives.append("(\(sql: .joined(equals + [beyond], separator: " AND ")))")
            equals.append(value.map { "\(sql: column) = \(sql: $0)" } ?? "\(sql: column) IS NULL")
        }
        return "(\(sql: .joined(alternatives, separator: " OR ")))"
    }

    var orderBy: SQL {
        .joined(
            order.map { order -> SQL in order.isDescending ? "\(sql: order.key.sql) DESC" : "\(sql: order.key.sql) ASC"
            },
            separator: ", ")
    }
}

extension ImageFilter.Comparison {
    fileprivate var sql: SQL {
        switch self {
        case .eq: "="
        case .neq: "<>"
        case .gt: ">"
        case .gte: ">="
        case .lt: "<"
        case .lte: "<="
        }
    }
}

extension ImageFilter.Order.Key {
    fileprivate var sql: SQL {
        switch self {
        case .name: "name"
        case .status: "status"
        case .size: "size"
        case .id: "id"
        case .containerFormat: "container_format"
        case .diskFormat: "disk_format"
        case .createdAt: "created_at"
        case .updatedAt: "updated_at"
        }
    }

    /// The marker's value as a bound parameter; nil for null.
    fileprivate func value(of image: Image) -> SQL? {
        switch self {
        case .name: image.name.map { "\($0)" }
        case .status: "\(image.status)"
        case .size: image.size.map { "\($0)" }
        case .id: "\(image.id)"
        case .containerFormat: image.containerFormat.map { "\($0)" }
        case .diskFormat: image.diskFormat.map { "\($0)" }
        case .createdAt: "\(image.createdAt)"
        case .updatedAt: "\(image.updatedAt)"
        }
    }
}
