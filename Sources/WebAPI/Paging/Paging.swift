public import Core

/// A list request's page: how many, after which, in what order; read once, against allow-lists.
public struct Paging: Sendable, Hashable {
    public enum Direction: String, Sendable, Hashable { case asc, desc }

    public struct SortKey: Sendable, Hashable {
        public let name: String
        public let direction: Direction

        public init(_ name: String, _ direction: Direction) {
            self.name = name
            self.direction = direction
        }
    }

    /// Rows on a page; nil where the service has no maximum and none was asked for.
    public var limit: Int?
    /// The last id of the page before.
    public var marker: String?
    /// Neutron's backwards paging.
    public var isReverse: Bool
    public var sort: [SortKey]

    public init(limit: Int?, marker: String? = nil, isReverse: Bool = false, sort: [SortKey] = []) {
        self.limit = limit
        self.marker = marker
        self.isReverse = isReverse
        self.sort = sort
    }

    /// How services write the sort parameters.
    public enum SortStyle: Sendable {
        /// `sort_key` and `sort_dir`, repeated (Nova, Neutron, Keystone), Cinder's and Glance's older form.
        case keyAndDirection
        /// `sort=name:asc,id:desc` as well (Cinder, Glance).
        case either
    }

    /// - Parameters:
    ///   - sortKeys: names allowed; others are 400.
    ///   - maxLimit: a larger limit is cut to it; it also is the limit when none is given.
    ///   - defaultLimit: the limit when none is given, if not `maxLimit`.
    public init(
        _ query: QueryItems, sortKeys: Set<String> = [], defaultSort: [SortKey] = [],
        defaultDirection: Direction = .asc, maxLimit: Int?, defaultLimit: Int? = nil,
        sortStyle: SortStyle = .keyAndDirection
    ) throws(ServiceError) {
        var limit = defaultLimit ?? maxLimit
        if let text = query.last("limit") {
            guard let asked = Int(text) else {
                throw ServiceError(.badRequest, "limit param must be an integer")
            }
            guard asked >= 0 else { throw ServiceError(.badRequest, "limit param must be positive") }
            limit = maxLimit.map { Swift.min($0, asked) } ?? asked
        }
        self.limit = limit
        marker = query.last("marker")
        isReverse = query.last("page_reverse").map { ["true", "1", "yes"].contains($0.lowercased()) } ?? false
        sort = try Self.sort(query, sortKeys, defaultSort, defaultDirection, sortStyle)
    }

    private static func sort(
        _ query: QueryItems, _ allowed: Set<String>, _ defaultSort: [SortKey], _ defaultDirection: Direction,
        _ style: SortStyle
    ) throws(ServiceError) -> [SortKey] {
        let keys = query.all("sort_key")
        let directions = query.all("sort_dir")
        var result: [SortKey] = []
        if style == .either, let text = query.last("sort") {
            guard keys.isEmpty, directions.isEmpty else {
                throw ServiceError(
                    .badRequest,
                    "The \"sort_key\" and \"sort_dir\" parameters are deprecated and cannot be used with the \"sort\" parameter."
                )
            }
            for item in text.split(separator: ",") {
                let halves = item.split(separator: ":", maxSplits: 1).map { String($0.filter { $0 != " " }) }
                guard let name = halves.first else { continue }
                result.append(SortKey(name, try direction(halves.count > 1 ? halves[1] : defaultDirection.rawValue)))
            }
        } else if keys.isEmpty {
            guard let only = directions.first else { return defaultSort }
            let direction = try direction(only)
            return defaultSort.map { SortKey($0.name, direction) }
        } else {
            guard directions.count <= keys.count else {
                throw ServiceError(.badRequest, "Sort direction array size exceeds sort key array size.")
            }
            for (index, key) in keys.enumerated() {
                let text = index < directions.count ? directions[index] : directions.last ?? defaultDirection.rawValue
                result.append(SortKey(key, try direction(text)))
            }
        }
        if let unknown = result.first(where: { !allowed.contains($0.name) }) {
            throw ServiceError(.badRequest, "Sort key supplied is not valid: \(unknown.name)")
        }
        return result
    }

    private static func direction(_ text: String) throws(ServiceError) -> Direction {
        guard let direction = Direction(rawValue: text.lowercased()) else {
            throw ServiceError(.badRequest, "Unknown sort direction, must be one of: 'asc', 'desc'")
        }
        return direction
    }
}
