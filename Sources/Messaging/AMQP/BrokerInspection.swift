import Core

/// What an operator asks of RabbitMQ without its management plug-in.
public struct BrokerInspection: Sendable {
    public struct Queue: Sendable, Hashable {
        public let name: String
        /// Waiting, those handed out and unsettled not counted.
        public let messages: Int
        public let consumers: Int
    }

    public let version: String
    /// Those of the queues asked about that are there.
    public let queues: [Queue]

    private static let pool = BlockingPool(name: "amqp-inspect", threads: 2, maxQueue: 8)

    /// Connects, asks, and says goodbye; creates nothing.
    /// - Throws: `.unavailable` when the broker cannot be reached or refuses the login.
    public static func run(_ options: MessagingOptions, queues names: [String]) async throws -> BrokerInspection {
        try await pool.run {
            do {
                let connection = try AMQPConnection(options, name: "inspection", confirms: false)
                defer { connection.close(gracefully: true) }
                var queues: [Queue] = []
                for name in names {
                    guard let facts = try connection.facts(of: name) else { continue }
                    queues.append(Queue(name: name, messages: facts.messages, consumers: facts.consumers))
                }
                return BrokerInspection(version: connection.serverVersion, queues: queues)
            } catch let failure as AMQPFailure {
                throw ServiceError(.unavailable, "RabbitMQ cannot be asked.", detail: failure.text)
            }
        }
    }
}
