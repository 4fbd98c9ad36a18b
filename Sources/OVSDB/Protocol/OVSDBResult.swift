import Core

/// What one operation of a committed transaction answered.
public struct OVSDBResult: Sendable {
    /// The id of an inserted row.
    public let uuid: String?
    /// Rows matched by an update, mutate or delete.
    public let count: Int?
    /// Rows found by a select.
    public let rows: [OVSDBRow]

    init(json: JSONValue) throws(OVSDBError) {
        count = json["count"]?.int
        if let pair = json["uuid"], case .uuid(let value) = try OVSDBAtom(json: pair) {
            uuid = value
        } else {
            uuid = nil
        }
        var rows: [OVSDBRow] = []
        for item in json["rows"]?.array ?? [] {
            var columns: [String: OVSDBDatum] = [:]
            for (name, value) in item.object ?? [:] { columns[name] = try OVSDBDatum(json: value) }
            rows.append(OVSDBRow(uuid: columns["_uuid"]?.scalar?.uuid ?? "", columns: columns))
        }
        self.rows = rows
    }

    /// The answers of a transaction of `count` operations, or the first failure among them.
    static func parse(_ json: JSONValue, count: Int) throws(OVSDBError) -> [OVSDBResult] {
        guard let items = json.array else { throw .malformed("a transaction's answer is no array") }
        for (index, item) in items.enumerated() {
            if let error = item["error"]?.string {
                throw .operation(index: index, error: error, details: item["details"]?.string)
            }
        }
        guard items.count >= count else { throw .malformed("\(items.count) answers to \(count) operations") }
        var results: [OVSDBResult] = []
        for item in items.prefix(count) { results.append(try OVSDBResult(json: item)) }
        return results
    }
}
