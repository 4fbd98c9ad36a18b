package import Database

/// Tags of resources of every type; ids are unique across types.
package enum TagStore {
    package static func tags(of ids: [String], _ transaction: Transaction) throws -> [String: [String]] {
        guard !ids.isEmpty else { return [:] }
        var result: [String: [String]] = [:]
        let rows = try transaction.query(
            "SELECT resource_id, tag FROM tags WHERE resource_id IN \(anyOf: ids) ORDER BY resource_id, tag")
        for row in rows {
            let id: String = try row.get("resource_id")
            let tag: String = try row.get("tag")
            result[id, default: []].append(tag)
        }
        return result
    }

    package static func replace(_ tags: [String], of id: String, _ transaction: Transaction) throws {
        try transaction.execute("DELETE FROM tags WHERE resource_id = \(id)")
        try add(Set(tags).sorted(), to: id, transaction)
    }

    package static func add(_ tags: [String], to id: String, _ transaction: Transaction) throws {
        guard !tags.isEmpty else { return }
        let rows = tags.map { "(\(id), \($0))" as SQL }
        try transaction.execute(
            "INSERT IGNORE INTO tags (resource_id, tag) VALUES \(sql: .joined(rows, separator: ", "))")
    }

    /// - Returns: whether the resource had the tag.
    package static func remove(_ tag: String, from id: String, _ transaction: Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM tags WHERE resource_id = \(id) AND tag = \(tag)") > 0
    }
}
