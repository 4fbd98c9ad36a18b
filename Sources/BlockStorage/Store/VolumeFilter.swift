import Database

/// Which volumes a list shows.
package struct VolumeFilter: Sendable {
    package var scope: Scope
    package var name: String?
    package var nameLike: String?
    package var status: String?
    package var isBootable: Bool?
    package var availabilityZone: String?
    package var host: String?
    package var metadata: [String: String] = [:]
    package var id: String?
    package var userID: String?

    package init(scope: Scope) { self.scope = scope }

    var conditions: [SQL] {
        var list: [SQL] = ["volumes.deleted_at IS NULL", scope.condition("volumes")]
        if let name { list.append("volumes.name = \(name)") }
        if let nameLike { list.append("volumes.name LIKE \("%" + escaped(nameLike) + "%")") }
        if let status { list.append("volumes.status = \(status)") }
        if let isBootable { list.append("volumes.bootable = \(isBootable)") }
        if let availabilityZone { list.append("volumes.availability_zone = \(availabilityZone)") }
        if let host { list.append("volumes.host = \(host)") }
        if let id { list.append("volumes.id = \(id)") }
        if let userID { list.append("volumes.user_id = \(userID)") }
        if !metadata.isEmpty { list.append("JSON_CONTAINS(volumes.metadata, \(StringMap.json(metadata)))") }
        return list
    }
}

/// Without LIKE's own meaning of `%`, `_` and `\`.
func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
        if character == "%" || character == "_" || character == "\\" { result.append("\\") }
        result.append(character)
    }
}

/// A page of a list, as asked for.
package struct ListPage: Sendable {
    package var limit: Int
    package var offset: Int
    package var marker: String?
    /// Names and whether descending, already checked against the list's own.
    package var sort: [(name: String, isDescending: Bool)]

    package init(limit: Int, offset: Int = 0, marker: String? = nil, sort: [(name: String, isDescending: Bool)] = []) {
        self.limit = limit
        self.offset = offset
        self.marker = marker
        self.sort = sort
    }

    /// The columns to sort by: those asked for, and id at last, so that no two rows are equal.
    func columns(
        _ sortable: [String: @Sendable (Bool) -> Keyset.Column], defaultKey: String
    ) -> [Keyset.Column] {
        let wanted = sort.isEmpty ? [(name: defaultKey, isDescending: true)] : sort
        var columns = wanted.compactMap { item in sortable[item.name]?(item.isDescending) }
        if !wanted.contains(where: { $0.name == "id" }), let id = sortable["id"] {
            columns.append(id(wanted.last?.isDescending ?? true))
        }
        return columns
    }
}

/// A page of rows.
package struct Listed<Item: Sendable>: Sendable {
    package let items: [Item]

    init(_ rows: [Item]) { items = rows }

    /// The marker of the next page. A full page has one although it may be the last, as in Cinder:
    /// clients go on until a page is not full.
    package func nextMarker(_ limit: Int, _ id: (Item) -> String) -> String? {
        limit > 0 && items.count == limit ? items.last.map(id) : nil
    }
}
