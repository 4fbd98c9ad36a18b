/// A queue as its consumers want it; brokers create it when it is not there.
public struct QueueSpec: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Survives restarts of the broker; a message that keeps failing moves to the dead letters.
        case durable
        /// Kept in memory, gone with its last consumer.
        case transient
        /// Belongs to one connection and is gone with it.
        case exclusive
        /// Kept in memory; survives a short loss of its consumer's connection.
        case replies
        /// Keeps messages that could not be handled, with the reason, for an operator.
        case deadLetters
        /// As oslo.messaging declares the queues of notifications; that is up to its `amqp_durable_queues`.
        case notifications(isDurable: Bool)
    }

    public let name: String
    public let kind: Kind
    /// A fanout exchange whose messages the queue is to receive.
    public let exchange: String?

    private init(_ name: String, _ kind: Kind, exchange: String? = nil) {
        self.name = name
        self.kind = kind
        self.exchange = exchange
    }

    public static func durable(_ name: String) -> QueueSpec { QueueSpec(name, .durable) }
    public static func transient(_ name: String) -> QueueSpec { QueueSpec(name, .transient) }
    public static func exclusive(_ name: String, boundTo exchange: String? = nil) -> QueueSpec {
        QueueSpec(name, .exclusive, exchange: exchange)
    }
    public static func replies(_ name: String) -> QueueSpec { QueueSpec(name, .replies) }
    public static func notifications(_ name: String, isDurable: Bool) -> QueueSpec {
        QueueSpec(name, .notifications(isDurable: isDurable))
    }
    /// The one queue of dead letters.
    public static let deadLetters = QueueSpec("dead-letters", .deadLetters)
}
