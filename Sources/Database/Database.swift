import Core
public import Logging

/// A service's database: a pool of connections, each on a thread of its own.
///
/// Values are bound, statements prepared and kept per connection. A connection is UTC, strict and READ
/// COMMITTED, and counts the rows an update matched, changed or not. It is made at first use and again
/// when it is lost. Work waits in a bounded queue; past it, or with the server gone for longer than the
/// connect timeout, the answer is `.unavailable`.
public final class Database: Sendable {
    private let queue: ConnectionQueue
    private let reads: SharedReads
    private let threads: ThreadCount
    private let logger: Logger
    public let name: String

    public init(_ options: DatabaseOptions, logger: Logger) async throws {
        queue = ConnectionQueue(limit: 4096)
        reads = SharedReads(limit: 4096)
        threads = ThreadCount(options.poolSize)
        name = options.name
        self.logger = logger
        ProcessFacts.shared.add("database \(options.name)") { [weak queue] in
            queue?.load.map { load in
                .object([
                    "connections": .integer(Int64(options.poolSize)),
                    "busy": .integer(Int64(options.poolSize - load.idle)), "waiting": .integer(Int64(load.waiting)),
                ])
            }
        }
        for _ in 0..<options.poolSize {
            try ConnectionThread.start(options, queue, logger) { [threads] in threads.ended() }
        }
    }

    deinit { queue.close() }

    /// Lets waiting work finish, closes the connections and ends their threads.
    public func close() async {
        queue.close()
        await threads.waitForAll()
    }

    public func query(_ sql: SQL) async throws -> [Row] {
        try await run({ "querying: \(sql.text)" }, attempts: 3, retry: Self.isTransient) { try $0.query(sql) }
    }

    public func first(_ sql: SQL) async throws -> Row? { try await query(sql).first }

    /// Like `query`, for a SELECT that changes and locks nothing and that many requests ask at a time: those who ask it
    /// with the same values while it waits for a connection, or runs for others, are answered together. Nobody gets
    /// rows that are older than its question.
    public func sharedQuery(_ sql: SQL) async throws -> [Row] { try await shared(sql) { $0 } }

    /// The same for one row and what is made of it, once for all who ask.
    /// - Parameter read: the only way in which rows of this statement are made into this type.
    public func sharedFirst<T: Sendable>(_ sql: SQL, _ read: @escaping @Sendable (Row) throws -> T) async throws -> T? {
        try await shared(sql) { try $0.first.map(read) }
    }

    private func shared<T: Sendable>(
        _ sql: SQL, _ read: @escaping @Sendable ([Row]) throws -> T
    ) async throws -> T {
        let question = SharedReads.Question(text: sql.text, values: sql.values, type: ObjectIdentifier(T.self))
        let cost = RequestCost.current
        let executor = withUnsafeCurrentTask { $0?.unownedTaskExecutor }
        let (result, others) = await withCheckedContinuation { continuation in
            let asker = SharedReads.Asker(
                answer: { continuation.resume(returning: ($0, $1)) }, cost: cost, executor: executor)
            do {
                if try reads.join(question, asker) { run(question, read) }
            } catch {
                continuation.resume(returning: (.failure(error), []))
            }
        }
        for other in others { other.answer(result, []) }
        // Of another type it cannot be: the type is part of the question.
        guard let value = try result.get() as? T else {
            throw ServiceError(.internal, "An unexpected database error occurred.")
        }
        return value
    }

    private func run<T: Sendable>(
        _ question: SharedReads.Question, _ read: @escaping @Sendable ([Row]) throws -> T, again: Bool = false
    ) {
        do {
            let work: ConnectionQueue.Work = { [self] thread in
                let askers = reads.begin(question)
                let sql = SQL(text: question.text, values: question.values)
                let result = Result<any Sendable, any Error> {
                    try read(
                        try thread.use({ "querying: \(sql.text)" }, attempts: 3, retry: Self.isTransient) {
                            try $0.query(sql)
                        })
                }
                for asker in askers { asker.cost?.countQuery(sql.text) }
                SharedReads.answer(askers, result)
                if reads.end(question) { run(question, read, again: true) }
            }
            try queue.push(work, wakes: !again)
        } catch {
            reads.fail(question, error)
        }
    }

    /// Runs a statement of its own, committed at once.
    ///
    /// Repeated on deadlock; not when the connection was lost, since it may have been done.
    /// - Returns: the number of rows matched.
    @discardableResult
    public func execute(_ sql: SQL) async throws -> Int {
        try await run({ "executing: \(sql.text)" }, attempts: 5, retry: Self.isUndone) { try $0.execute(sql) }
    }

    /// Makes a conditional update and tells what became of it.
    public func change(_ update: SQL, reading: SQL) async throws -> Change {
        try await transaction("change") { try $0.change(update, reading: reading) }
    }

    /// Runs `body` in a transaction, on the connection's own thread, and commits.
    ///
    /// The body is run again from its start on deadlock, lock timeout, or a connection lost before the
    /// commit, so it has no other effects: no messages, no HTTP, no captured state changed. What it throws
    /// rolls the transaction back and is thrown on.
    /// - Parameter name: for logs and error details.
    public func transaction<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await run({ "in transaction \(name)" }, attempts: 16, retry: Self.isTransient) { connection in
            try connection.run("START TRANSACTION")
            let result: T
            do {
                result = try body(Transaction(connection: connection, name: name))
            } catch {
                if !connection.isLost { try connection.run("ROLLBACK") }
                throw error
            }
            do throws(DatabaseError) {
                try connection.run("COMMIT")
            } catch {
                guard error.kind == .connectionLost else { throw error }
                throw ServiceError(
                    .unavailable, "The database is not reachable.",
                    detail: "connection lost while committing \(name): it may have been done",
                    cause: CommitUnknown(cause: error))
            }
            return result
        }
    }

    /// Runs `body`, which only reads, on one connection and without a transaction, on the connection's own thread.
    ///
    /// Each statement sees what is committed when it begins, as it does in a transaction here (READ COMMITTED); the two
    /// statements around them are saved. Run again like a transaction.
    /// - Parameter name: for logs and error details.
    public func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await run({ "reading \(name)" }, attempts: 16, retry: Self.isTransient) { connection in
            try body(Transaction(connection: connection, name: name, isReadOnly: true))
        }
    }

    /// Runs `body` on one connection, outside a transaction, for session state such as `GET_LOCK`.
    func withConnection<T: Sendable>(
        _ doing: StaticString, _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        try await run({ "\(doing)" }, attempts: 1, retry: { _ in false }, body)
    }

    @Sendable private static func isTransient(_ kind: DatabaseError.Kind) -> Bool {
        kind == .connectionLost || isUndone(kind)
    }

    @Sendable private static func isUndone(_ kind: DatabaseError.Kind) -> Bool {
        kind == .deadlock || kind == .lockWaitTimeout
    }

    private func run<T: Sendable>(
        _ doing: @escaping @Sendable () -> String, attempts: Int,
        retry: @escaping @Sendable (DatabaseError.Kind) -> Bool,
        _ body: @escaping @Sendable (Connection) throws -> T
    ) async throws -> T {
        let cost = RequestCost.current
        return try await withCheckedThrowingContinuation { continuation in
            do {
                try queue.push { thread in
                    let result = Result {
                        try thread.use(doing, attempts: attempts, retry: retry) { connection in
                            connection.cost = cost
                            defer { connection.cost = nil }
                            return try body(connection)
                        }
                    }
                    continuation.resume(with: result)
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// The connection went while COMMIT was under way: done or not, nobody knows. Not a `DatabaseError`, so
/// that nothing repeats it.
public struct CommitUnknown: Error {
    public let cause: DatabaseError
}
