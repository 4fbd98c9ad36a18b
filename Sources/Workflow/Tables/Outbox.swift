public import Core
public import Database
public import FoundationEssentials

/// Messages for the outside, stored in the transaction that makes them true and published from there.
public enum Outbox {
    public struct Message: Sendable {
        public let number: Int64
        public let topic: String
        /// What it is about: messages of one subject are sent in the order in which they were stored.
        public let subject: String
        public let payload: JSONValue
    }

    /// - Parameter subject: a row of which the transaction holds the lock, so that its messages have one order.
    public static func add(
        topic: String, subject: String, _ payload: JSONValue, in transaction: Transaction
    ) throws {
        try add(topic: topic, [(subject, payload)], in: transaction)
    }

    /// Several in one statement: a few thousand at most, which is what it can bind.
    public static func add(
        topic: String, _ messages: [(subject: String, payload: JSONValue)], in transaction: Transaction
    ) throws {
        guard !messages.isEmpty else { return }
        let rows = messages.map { message -> SQL in
            let stored: JSONValue = ["subject": .string(message.subject), "payload": message.payload]
            return "(\(topic), \(stored), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))"
        }
        try transaction.execute(
            "INSERT INTO outbox (topic, payload, due_at, created_at) VALUES \(sql: .joined(rows, separator: ", "))")
    }

    /// Sends the oldest messages, up to `batch`, and forgets each that was sent.
    ///
    /// Every process may call it: while one is at the oldest messages the others find nothing to do, and when it dies
    /// they go on after its lease. A crash after sending sends again: receivers see a message at least once.
    /// What was not sent when half the lease has passed is left to the next call.
    /// - Parameters:
    ///   - now: compared with other processes' leases.
    ///   - concurrency: how many subjects' messages are on their way at a time.
    /// - Returns: how many were sent.
    /// - Throws: what the first sending that failed threw, when the others are done; its subject's later messages wait.
    public static func publish(
        _ database: Database, owner: String, now: Date, batch: Int = 200, lease: Duration = .seconds(10),
        concurrency: Int = 16, timer: any Clock<Duration> = ContinuousClock(),
        send: @escaping @Sendable (Message) async throws -> Void
    ) async throws -> Int {
        let messages = try await claim(database, owner: owner, now: now, batch: batch, lease: lease)
        guard !messages.isEmpty else { return 0 }
        let (sent, failure) = await sendAll(messages, within: lease / 2, concurrency, timer, send)
        if !sent.isEmpty {
            try await database.execute("DELETE FROM outbox WHERE number IN \(anyOf: sent)")
        }
        if let failure {
            try await database.execute(
                "UPDATE outbox SET owner = NULL WHERE owner = \(owner) AND number IN \(anyOf: messages.map(\.number))")
            throw failure
        }
        return sent.count
    }

    private static func claim(
        _ database: Database, owner: String, now: Date, batch: Int, lease: Duration
    ) async throws -> [Message] {
        let end = now.addingTimeInterval(lease.seconds)
        return try await database.transaction("claim-outbox") { transaction in
            let rows = try transaction.query(
                "SELECT number, topic, payload, owner, due_at FROM outbox ORDER BY number LIMIT \(batch) FOR UPDATE")
            var messages: [Message] = []
            for row in rows {
                let holder: String? = try row.get("owner")
                // Behind what another sends now there may be the same subject's next message.
                if let holder, holder != owner, try row.get("due_at", as: Date.self) > now { break }
                let stored: JSONValue = try row.get("payload")
                messages.append(
                    Message(
                        number: try row.get("number"), topic: try row.get("topic"),
                        subject: stored["subject"]?.string ?? "", payload: stored["payload"] ?? .null))
            }
            guard !messages.isEmpty else { return [] }
            try transaction.execute(
                """
                UPDATE outbox SET owner = \(owner), due_at = \(end) WHERE number IN \(anyOf: messages.map(\.number))
                """)
            return messages
        }
    }

    /// - Returns: what was sent, and why not all was.
    private static func sendAll(
        _ messages: [Message], within limit: Duration, _ concurrency: Int, _ timer: any Clock<Duration>,
        _ send: @escaping @Sendable (Message) async throws -> Void
    ) async -> ([Int64], (any Error)?) {
        var subjects: [String: [Message]] = [:]
        for message in messages { subjects[message.subject, default: []].append(message) }
        let queues = Array(subjects.values)
        return await withTaskGroup(of: Outcome.self) { group in
            group.addTask {
                do { try await timer.sleep(for: limit) } catch { return .sent([], nil) }
                return .timeIsUp
            }
            func start(_ index: Int) {
                let queue = queues[index]
                group.addTask { await sendInOrder(queue, send) }
            }
            var next = min(concurrency, queues.count)
            for index in 0..<next { start(index) }
            var (sent, failure, running) = ([Int64](), (any Error)?.none, next)
            while running > 0, let outcome = await group.next() {
                switch outcome {
                case .timeIsUp:
                    // What is under way is cut off, and nothing more begins.
                    failure = failure ?? ServiceError(.timeout, "Messages could not be sent in time.")
                    group.cancelAll()
                case .sent(let numbers, let error):
                    sent += numbers
                    failure = failure ?? error
                    running -= 1
                    guard failure == nil, next < queues.count else { continue }
                    start(next)
                    next += 1
                    running += 1
                }
            }
            group.cancelAll()
            return (sent, failure)
        }
    }

    private enum Outcome: Sendable {
        case sent([Int64], (any Error)?)
        case timeIsUp
    }

    private static func sendInOrder(
        _ queue: [Message], _ send: @Sendable (Message) async throws -> Void
    ) async -> Outcome {
        var sent: [Int64] = []
        for message in queue {
            do { try await send(message) } catch { return .sent(sent, error) }
            sent.append(message.number)
        }
        return .sent(sent, nil)
    }
}
