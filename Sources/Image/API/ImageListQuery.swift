import Core
import FoundationEssentials
import WebAPI

/// Reads a list request's query into a filter and a page.
struct ImageListQuery: Sendable {
    var filter = ImageFilter()
    var marker: String?
    var limit: Int

    init(_ query: QueryItems, context: RequestContext, options: ImageOptions) throws {
        filter.project = context.projectID
        filter.isAdmin = context.hasRole("admin")
        limit = options.pageLimit
        for (name, text) in query {
            let value = text.filter { $0 != "\0" }
            switch name {
            case "limit": limit = min(try Self.limit(value), options.maxPageLimit)
            case "marker": marker = value
            case "sort", "sort_key", "sort_dir": break
            case "tag": filter.tags.append(value.trimmed)
            case "member_status": filter.memberStatus = try Self.memberStatus(value)
            case "visibility":
                if value == "all" {
                    filter.allVisibilities = true
                } else {
                    guard let visibility = ImageVisibility(rawValue: value) else {
                        throw ServiceError(.badRequest, "Invalid visibility value: \(value)")
                    }
                    filter.visibility = visibility
                }
            case "os_hidden": filter.isHidden = try Self.bool(name, value)
            case "protected": filter.isProtected = try Self.bool(name, value)
            case "size_min": filter.sizeMin = try Self.size(name, value)
            case "size_max": filter.sizeMax = try Self.size(name, value)
            case "created_at": filter.created = try Self.time(name, value)
            case "updated_at": filter.updated = try Self.time(name, value)
            case "changes-since":
                throw ServiceError(.badRequest, "The \"changes-since\" filter is no longer available on v2.")
            default:
                if let column = ImageFilter.Column(rawValue: name) {
                    filter.equal.append((column, try Self.values(column, value)))
                } else {
                    filter.properties[name] = value
                }
            }
        }
        filter.order = try Self.order(query)
    }

    private static func limit(_ text: String) throws -> Int {
        guard let limit = Int(text) else { throw ServiceError(.badRequest, "limit param must be an integer") }
        guard limit >= 0 else { throw ServiceError(.badRequest, "limit param must be positive") }
        return limit
    }

    private static func memberStatus(_ text: String) throws -> MemberStatus? {
        if text == "all" { return nil }
        guard let status = MemberStatus(rawValue: text) else {
            throw ServiceError(.badRequest, "Invalid status: \(text)")
        }
        return status
    }

    private static func bool(_ name: String, _ text: String) throws -> Bool {
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default: throw ServiceError(.badRequest, "Unrecognized value '\(text)' of \(name): true or false is expected.")
        }
    }

    private static func size(_ name: String, _ text: String) throws -> Int64 {
        guard let value = Int64(text), value >= 0 else {
            throw ServiceError(.badRequest, "Unable to filter on a range with a non-numeric or negative value: \(name)")
        }
        return value
    }

    /// `gte:2026-11-21T07:00:00Z`; without an operator equality is meant.
    private static func time(_ name: String, _ text: String) throws -> ImageFilter.TimeBound {
        var comparison = ImageFilter.Comparison.eq
        var rest = text[...]
        if let colon = text.firstIndex(of: ":"), let named = ImageFilter.Comparison(rawValue: String(text[..<colon])) {
            comparison = named
            rest = text[text.index(after: colon)...]
        }
        guard let time = Date(iso8601: String(rest)) else {
            throw ServiceError(.badRequest, "Unable to filter by \(name): \(text) is no time in ISO 8601 form.")
        }
        return ImageFilter.TimeBound(comparison: comparison, time: time)
    }

    /// One value, or several after `in:`, where a value with commas stands in quotes.
    private static func values(_ column: ImageFilter.Column, _ text: String) throws -> [String] {
        guard [.id, .name, .status, .containerFormat, .diskFormat].contains(column), text.hasPrefix("in:") else {
            return [text]
        }
        var values: [String] = []
        var current = ""
        var isQuoted = false
        for character in text.dropFirst(3) {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                values.append(current)
                current = ""
            default: current.append(character)
            }
        }
        guard !isQuoted else {
            throw ServiceError(.badRequest, "Invalid filter value \(text). The quote is not closed.")
        }
        return values + [current]
    }

    private static func order(_ query: QueryItems) throws -> [ImageFilter.Order] {
        let names = "name, status, container_format, disk_format, size, id, created_at, updated_at"
        func key(_ text: String) throws -> ImageFilter.Order.Key {
            guard let key = ImageFilter.Order.Key(rawValue: text.trimmed) else {
                throw ServiceError(
                    .badRequest, "Invalid sort key: \(text). It must be one of the following: \(names).")
            }
            return key
        }
        func isDescending(_ text: String) throws -> Bool {
            switch text.trimmed {
            case "desc": return true
            case "asc": return false
            default: throw ServiceError(.badRequest, "Invalid sort direction: \(text)")
            }
        }
        let keys = query.all("sort_key")
        let directions = query.all("sort_dir")
        var order: [ImageFilter.Order] = []
        if let sort = query.first("sort") {
            guard keys.isEmpty, directions.isEmpty else {
                throw ServiceError(.badRequest, "Old and new sorting syntax cannot be combined")
            }
            for item in sort.split(separator: ",") {
                let halves = item.split(separator: ":", maxSplits: 1).map(String.init)
                order.append(
                    .init(
                        key: try key(halves.first ?? ""),
                        isDescending: try isDescending(halves.count > 1 ? halves[1] : "desc")))
            }
        } else {
            guard directions.count <= 1 || directions.count == keys.count else {
                throw ServiceError(.badRequest, "Number of sort dirs does not match the number of sort keys")
            }
            let chosen = keys.isEmpty ? ["created_at"] : keys
            for (index, name) in chosen.enumerated() {
                let direction = directions.count > 1 ? directions[index] : directions.first ?? "desc"
                order.append(.init(key: try key(name), isDescending: try isDescending(direction)))
            }
        }
        // Rows with equal keys need an order of their own, or pages would repeat or lose some.
        let last = order.last?.isDescending ?? true
        for key in [ImageFilter.Order.Key.createdAt, .id] where !order.contains(where: { $0.key == key }) {
            order.append(.init(key: key, isDescending: last))
        }
        return order
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}
