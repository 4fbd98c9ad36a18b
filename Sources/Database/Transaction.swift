import Core

/// The statements of one transaction; used only inside the closure it is given to, on that thread.
public struct Transaction {
    let connection: Connection
    public let name: StaticString
    /// Of `Database.read`: what writes is refused, because nothing would take it back.
    private let isReadOnly: Bool

    init(connection: Connection, name: StaticString, isReadOnly: Bool = false) {
        self.connection = connection
        self.name = name
        self.isReadOnly = isReadOnly
    }

    private func checkWritable() throws {
        guard !isReadOnly else {
            throw ServiceError(.internal, "An unexpected database error occurred.", detail: "\(name) only reads")
        }
    }

    public func query(_ sql: SQL) throws -> [Row] {
        do {
            return try connection.query(sql)
        } catch {
            throw error.serviceError("in transaction \(name), querying: \(sql.text)")
        }
    }

    public func first(_ sql: SQL) throws -> Row? { try query(sql).first }

    /// - Returns: the number of rows matched.
    @discardableResult
    public func execute(_ sql: SQL) throws -> Int {
        try checkWritable()
        do {
            return try connection.execute(sql)
        } catch {
            throw error.serviceError("in transaction \(name), executing: \(sql.text)")
        }
    }

    /// - Returns: the AUTO_INCREMENT value given to the new row.
    @discardableResult
    public func insert(_ sql: SQL) throws -> Int64 {
        try checkWritable()
        do {
            return try connection.insert(sql)
        } catch {
            throw error.serviceError("in transaction \(name), inserting: \(sql.text)")
        }
    }

    /// Makes a conditional update and tells what became of it.
    public func change(_ update: SQL, reading: SQL) throws -> Change {
        let matched = try execute(update)
        guard let row = try first(reading) else { return .missing }
        return matched > 0 ? .changed(row) : .conflict(current: row)
    }
}
