internal import CMariaDB

/// A statement that the server has prepared. Used by its connection's thread only; `StatementCache` closes it.
final class PreparedStatement {
    let handle: OpaquePointer
    /// Of the last result: nearly always those of the next as well.
    var columns: RowColumns?

    init(_ handle: OpaquePointer) { self.handle = handle }
}

/// A connection's prepared statements by their text; the least recently used goes when it is full.
struct StatementCache {
    private struct Entry {
        let statement: PreparedStatement
        var lastUse: UInt64
    }

    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func find(_ text: String) -> PreparedStatement? {
        uses += 1
        guard let index = entries.index(forKey: text) else { return nil }
        entries.values[index].lastUse = uses
        return entries.values[index].statement
    }

    mutating func add(_ text: String, _ statement: PreparedStatement) {
        if entries.count >= limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            remove(oldest.key)
        }
        entries[text] = Entry(statement: statement, lastUse: uses)
    }

    mutating func remove(_ text: String) {
        guard let entry = entries.removeValue(forKey: text) else { return }
        apus_stmt_close(entry.statement.handle)
    }

    mutating func removeAll() {
        for entry in entries.values { apus_stmt_close(entry.statement.handle) }
        entries.removeAll()
    }
}
