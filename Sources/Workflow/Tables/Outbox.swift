public import Core
public import Database
public import FoundationEssentials

/// Messages for the outside, stored in the transaction that makes them true and published from there.
public enum Outbox {
    public struct Message: Sendable {
        public let number: Int64
        public let topic: String
        public let payload: JSONValue
    }

    public static func add(topic: String, _ payload: JSONValue, in transaction: Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO outbox (topic, payload, due_at, created_at)
            VALUES (\(topic), \(payload), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
            """)
    }

    /// Sends up to `batch` messages in order and forgets each that was sent; the rest waits for the lease's
    /// end. A crash after sending sends again: receivers see a message at least once.
    /// - Returns: how many were sent.
    public static func publish(
        _ database: Database, owner: String, now: Date, batch: Int = 100, lease: Duration = .seconds(30),
        send: @Sendable (Message) async throws -> Void
    ) async throws -> Int {
        let end = now.addingTimeInterval(lease.seconds)
        let messages = try await database.transaction("claim-outbox") { transaction in
            let rows = try transaction.query(
                """
                SELECT number, topic, payload FROM outbox WHERE due_at <= \(now) ORDER BY number LIMIT \(batch)
                FOR UPDATE SKIP LOCKED
                """)
            let messages = try rows.map {
                Message(number: try $0.get("number"), topic: try $0.get("topic"), payload: try $0.get("payload"))
            }
            try transaction.execute(
                """
                UPDATE outbox SET owner = \(owner), due_at = \(end) WHERE number IN \(anyOf: messages.map(\.number))
                """)
            return messages
        }
        for message in messages {
            try await send(message)
            try await database.execute("DELETE FROM outbox WHERE number = \(message.number)")
        }
        return messages.count
    }
}
