import Core
import Database
import WebAPI

/// Reads a list's query by a resource's attributes: filters, order, page, fields.
struct QueryReader {
    let behaviour: any ResourceBehaviour
    private var type: ResourceType { behaviour.type }

    static let tagFilters: Set<String> = ["tags", "tags-any", "not-tags", "not-tags-any"]

    func list(_ query: QueryItems, for caller: Caller) throws -> ListQuery {
        var list = ListQuery()
        try readPage(query, into: &list)
        try readSorts(query, into: &list)
        var unknown: [String] = []
        for name in query.names.sorted() where !Self.reserved.contains(name) {
            if name == "fields" { continue }
            let values = query.all(name)
            if type.acceptsTags, Self.tagFilters.contains(name) {
                list.conditions.append(tagCondition(name, values))
            } else if let condition = try ownFilter(name, values, caller) {
                list.conditions.append(condition)
            } else if let attribute = type.attribute(name), attribute.isFilter, attribute.storage.column != nil {
                list.conditions.append(try condition(attribute, values))
            } else {
                unknown.append(name)
            }
        }
        guard unknown.isEmpty else {
            let names = unknown.map { "'\($0)'" }.joined(separator: ", ")
            throw ServiceError.network(
                .badRequest, "HTTPBadRequest", "[\(names)] is invalid attribute for filtering")
        }
        return list
    }

    private func ownFilter(_ name: String, _ values: [String], _ caller: Caller) throws -> SQL? {
        do {
            return try behaviour.filter(name, values, for: caller)
        } catch let error as InvalidValue {
            throw ServiceError.network(
                .badRequest, "HTTPBadRequest", "Invalid input for \(name). Reason: \(error.reason).")
        }
    }

    static func fields(_ query: QueryItems) -> Set<String> { Set(query.all("fields").filter { !$0.isEmpty }) }

    private static let reserved: Set<String> = ["limit", "marker", "sort_key", "sort_dir", "page_reverse"]

    private func readPage(_ query: QueryItems, into list: inout ListQuery) throws {
        if let text = query.last("limit") {
            guard let limit = Int(text), limit >= 0 else {
                throw ServiceError.network(
                    .badRequest, "BadRequest",
                    "Bad limit request: Limit must be an integer 0 or greater and not '\(text)'.")
            }
            list.limit = limit == 0 ? Optional.none : limit
        }
        if let marker = query.last("marker"), !marker.isEmpty { list.marker = marker }
        if let text = query.last("page_reverse") { list.isReversed = text.lowercased() == "true" || text == "1" }
    }

    private func readSorts(_ query: QueryItems, into list: inout ListQuery) throws {
        let keys = query.all("sort_key")
        let directions = query.all("sort_dir")
        guard keys.count == directions.count || directions.isEmpty else {
            throw ServiceError.network(
                .badRequest, "HTTPBadRequest", "The number of sort_keys and sort_dirs must be same")
        }
        for (index, key) in keys.enumerated() {
            guard let attribute = type.attribute(key), attribute.storage.column != nil, attribute.isFilter else {
                throw ServiceError.network(
                    .badRequest, "HTTPBadRequest", "['\(key)'] is invalid attribute for sort key")
            }
            let direction = directions.isEmpty ? "asc" : directions[index]
            guard direction == "asc" || direction == "desc" else {
                throw ServiceError.network(
                    .badRequest, "HTTPBadRequest",
                    "['\(direction)'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'")
            }
            list.sorts.append(ListQuery.Sort(attribute: attribute, descending: direction == "desc"))
        }
    }

    private func condition(_ attribute: Attribute, _ values: [String]) throws -> SQL {
        guard let column = attribute.storage.column else { return "TRUE" }
        func refuse(_ value: String) -> ServiceError {
            .network(.badRequest, "HTTPBadRequest", "Invalid input for \(attribute.name). Reason: '\(value)'.")
        }
        switch attribute.storage {
        case .integer:
            let numbers = try values.map { value in
                guard let number = Int(value) else { throw refuse(value) }
                return number
            }
            return "r.\(identifier: column) IN \(anyOf: numbers)"
        case .flag:
            let flags = try values.map { value -> Bool in
                guard let flag = try? Check.flag(.string(value)) else { throw refuse(value) }
                return flag == true
            }
            return "r.\(identifier: column) IN \(anyOf: flags)"
        default:
            let texts =
                attribute.name.contains("ip_address") || attribute.name == "gateway_ip"
                ? values.map { IPAddress($0)?.description ?? $0 } : values
            // An empty value also stands for none.
            if texts.contains("") { return "COALESCE(r.\(identifier: column), '') IN \(anyOf: texts)" }
            return "r.\(identifier: column) IN \(anyOf: texts)"
        }
    }

    /// Tags given together (by commas or by repetition) must all be there; `any` needs one of them; `not` denies that.
    private func tagCondition(_ name: String, _ values: [String]) -> SQL {
        let tags = values.flatMap { $0.split(separator: ",").map(String.init) }
        let any: SQL = "EXISTS (SELECT 1 FROM tags t WHERE t.resource_id = r.id AND t.tag IN \(anyOf: tags))"
        let all: SQL = """
            (SELECT COUNT(*) FROM tags t WHERE t.resource_id = r.id AND t.tag IN \(anyOf: tags)) = \(Set(tags).count)
            """
        switch name {
        case "tags-any": return any
        case "not-tags": return "NOT (\(sql: all))"
        case "not-tags-any": return "NOT \(sql: any)"
        default: return all
        }
    }
}
