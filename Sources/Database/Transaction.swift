/// The statements of one transaction; used only inside the closure it is given to, on that thread.
public struct Transaction {
    let connection: Connection
    public let name: StaticString

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
        do {
            return try connection.execute(sql)
        } catch {
            throw error.serviceError("in transaction \(name), executing: \(sql.text)")
        }
    }

    /// - Returns: the AUTO_INCREMENT value given to the new row.
    @discardableResult
    public func insert(_ sql: SQL) throws -> Int64 {
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
