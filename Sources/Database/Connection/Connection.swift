internal import CMariaDB
internal import Core

/// One connection with its prepared statements. Used by one thread at a time: see `ConnectionThread`.
final class Connection {
    private let handle: OpaquePointer
    private var statements = StatementCache(limit: 200)
    /// Of the request that it works for now.
    var cost: RequestCost?
    /// Broken: close it and make another.
    private(set) var isLost = false

    /// Connects and sets the session up: UTC, strict, READ COMMITTED.
    init(_ options: DatabaseOptions) throws(DatabaseError) {
        handle = try Self.connect(options)
        do {
            try run(
                """
                SET time_zone = '+00:00', sql_mode = 'TRADITIONAL,NO_AUTO_VALUE_ON_ZERO', autocommit = 1, \
                innodb_lock_wait_timeout = 10, group_concat_max_len = 1048576, \
                tx_isolation = 'READ-COMMITTED'
                """)
        } catch {
            apus_db_close(handle)
            throw error
        }
    }

    deinit {
        statements.removeAll()
        apus_db_close(handle)
    }

    private static func connect(_ options: DatabaseOptions) throws(DatabaseError) -> OpaquePointer {
        var error = apus_db_error()
        let handle = withCStrings([
            options.socket == nil ? options.host : nil, options.socket, options.user, options.password.reveal(),
            options.name,
            options.tlsCA, options.tlsCertificate, options.tlsKey,
        ]) { text in
            var settings = apus_db_options()
            settings.host = text[0]
            settings.port = UInt32(clamping: options.port)
            settings.socket = text[1]
            settings.user = text[2]
            settings.password = text[3]
            settings.database = text[4]
            settings.tls_ca = text[5]
            settings.tls_cert = text[6]
            settings.tls_key = text[7]
            settings.connect_timeout_seconds = UInt32(clamping: max(1, options.connectTimeout.components.seconds))
            settings.io_timeout_seconds = 60
            return apus_db_connect(&settings, &error)
        }
        guard let handle else { throw DatabaseError(error) }
        return handle
    }

    /// Whether the server still answers; asked before a connection is used again after a rest.
    func isAlive() -> Bool {
        var error = apus_db_error()
        if apus_db_ping(handle, &error) == 0 { return true }
        isLost = true
        return false
    }

    /// Runs a statement that cannot be prepared.
    func run(_ text: String) throws(DatabaseError) {
        cost?.countQuery(text)
        var error = apus_db_error()
        guard apus_db_run(handle, text, text.utf8.count, &error) == 0 else { throw failure(error) }
    }

    func query(_ sql: SQL) throws(DatabaseError) -> [Row] {
        try withStatement(sql) { statement throws(DatabaseError) in try self.rows(statement) }
    }

    /// - Returns: the number of rows matched, changed or not.
    func execute(_ sql: SQL) throws(DatabaseError) -> Int {
        try withStatement(sql) { statement in Int(clamping: apus_stmt_matched_rows(statement.handle)) }
    }

    /// - Returns: the AUTO_INCREMENT value given to the new row.
    func insert(_ sql: SQL) throws(DatabaseError) -> Int64 {
        try withStatement(sql) { statement in Int64(clamping: apus_stmt_last_insert_id(statement.handle)) }
    }

    /// Prepares or finds, binds and executes; prepares once more when the table has changed meanwhile.
    private func withStatement<T>(
        _ sql: SQL, _ body: (PreparedStatement) throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        var retried = false
        while true {
            let statement = try prepare(sql.text)
            let handle = statement.handle
            cost?.countQuery(sql.text)
            do throws(DatabaseError) {
                try bind(sql.values, to: handle)
                var error = apus_db_error()
                guard apus_stmt_execute(handle, &error) == 0 else { throw failure(error) }
                let result = try body(statement)
                apus_stmt_reset(handle)
                return result
            } catch {
                if error.kind == .statementOutdated, !retried {
                    statements.remove(sql.text)
                    retried = true
                    continue
                }
                // An error after the first part of an answer (a deadlock's victim, a lock waited for in vain) leaves
                // libmariadb waiting for the rest when the statement is next used: such a one is not used again.
                let answersRows = apus_stmt_column_count(handle) > 0
                if answersRows || error.kind == .other { statements.remove(sql.text) } else { apus_stmt_reset(handle) }
                throw error
            }
        }
    }

    private func prepare(_ text: String) throws(DatabaseError) -> PreparedStatement {
        if let known = statements.find(text) { return known }
        var error = apus_db_error()
        guard let made = apus_stmt_prepare(handle, text, text.utf8.count, &error) else { throw failure(error) }
        let statement = PreparedStatement(made)
        statements.add(text, statement)
        return statement
    }

    private func bind(_ values: [SQLData], to statement: OpaquePointer) throws(DatabaseError) {
        guard Int(apus_stmt_parameter_count(statement)) == values.count else {
            throw DatabaseError(number: 0, sqlState: "07001", text: "\(values.count) values for another number of ?")
        }
        for (position, value) in values.enumerated() {
            let index = UInt32(position)
            switch value {
            case .null: apus_stmt_bind_null(statement, index)
            case .integer(let value): apus_stmt_bind_integer(statement, index, value)
            case .double(let value): apus_stmt_bind_double(statement, index, value)
            case .time(let value): apus_stmt_bind_time(statement, index, value)
            case .text(var text):
                let status = text.withUTF8 { apus_stmt_bind_bytes(statement, index, $0.baseAddress, $0.count, 1) }
                guard status == 0 else { throw Self.outOfMemory }
            case .bytes(let bytes):
                let status = bytes.withUnsafeBufferPointer {
                    apus_stmt_bind_bytes(statement, index, $0.baseAddress, $0.count, 0)
                }
                guard status == 0 else { throw Self.outOfMemory }
            }
        }
    }

    private static let outOfMemory = DatabaseError(number: 2008, sqlState: "HY001", text: "out of memory")

    private func rows(_ statement: PreparedStatement) throws(DatabaseError) -> [Row] {
        let columns = columns(statement)
        let handle = statement.handle
        let count = UInt32(columns.names.count)
        var rows: [Row] = []
        var error = apus_db_error()
        while true {
            switch apus_stmt_fetch(handle, &error) {
            case 1: rows.append(Row(columns: columns, values: (0..<count).map { cell(handle, $0) }))
            case 0: return rows
            default: throw failure(error)
            }
        }
    }

    /// The result's columns; those of the statement's last result, if they are the same.
    private func columns(_ statement: PreparedStatement) -> RowColumns {
        let count = apus_stmt_column_count(statement.handle)
        if let known = statement.columns, known.names.count == Int(count),
            (0..<count).allSatisfy({ columnName(statement.handle, $0).elementsEqual(known.names[Int($0)].utf8) })
        {
            return known
        }
        let columns = RowColumns(
            (0..<count).map { String(decoding: columnName(statement.handle, $0), as: UTF8.self) })
        statement.columns = columns
        return columns
    }

    private func columnName(_ statement: OpaquePointer, _ index: UInt32) -> UnsafeRawBufferPointer {
        var length = 0
        return UnsafeRawBufferPointer(start: apus_stmt_column_name(statement, index, &length), count: length)
    }

    private func cell(_ statement: OpaquePointer, _ index: UInt32) -> SQLData {
        switch Int(apus_stmt_kind(statement, index)) {
        case APUS_DB_INTEGER: return .integer(apus_stmt_integer(statement, index))
        case APUS_DB_DOUBLE: return .double(apus_stmt_double(statement, index))
        case APUS_DB_TIME: return .time(apus_stmt_time(statement, index))
        case APUS_DB_BYTES:
            var length = 0
            let start = apus_stmt_bytes(statement, index, &length)
            return .bytes([UInt8](UnsafeRawBufferPointer(start: start, count: length)))
        case APUS_DB_TEXT:
            var length = 0
            guard let start = apus_stmt_bytes(statement, index, &length) else { return .null }
            let bytes = UnsafeRawBufferPointer(start: start, count: length)
            // The server keeps its text valid; anything else is left to whoever reads the column.
            return String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(Array(bytes))
        default: return .null
        }
    }

    private func failure(_ error: apus_db_error) -> DatabaseError {
        let failure = DatabaseError(error)
        if failure.kind == .connectionLost || failure.kind == .unreachable { isLost = true }
        return failure
    }
}

/// Lends zero-terminated copies of the strings, nil for nil.
private func withCStrings<T>(_ strings: [String?], _ body: ([UnsafePointer<CChar>?]) -> T) -> T {
    func lend(_ index: Int, _ lent: [UnsafePointer<CChar>?]) -> T {
        guard index < strings.count else { return body(lent) }
        guard let string = strings[index] else { return lend(index + 1, lent + [nil]) }
        return string.withCString { lend(index + 1, lent + [$0]) }
    }
    return lend(0, [])
}
