/// A message as a broker is asked to take it.
public struct OutgoingMessage: Sendable {
    public enum Destination: Sendable, Hashable {
        /// A queue; nobody listening is an error.
        case queue(String)
        /// A queue that is created when it is missing, and whose messages survive a restart.
        case durableQueue(QueueSpec)
        /// Every queue bound to the exchange, be it none.
        case fanout(String)
        /// A topic exchange, with the queue's name for routing key. Exchange and queue are created when they are
        /// missing, so that what is published before anybody listens is kept.
        case topic(exchange: String, queue: QueueSpec)
    }

    /// Larger messages are refused: what is big belongs in a store, and its id in the message.
    public static let maximumBodyBytes = 16 << 20

    public var destination: Destination
    public var id: String
    /// The message's name, which chooses its handler.
    public var type: String
    /// The call that this message answers.
    public var correlationID: String?
    /// Where the answer is to go.
    public var replyTo: String?
    public var headers: [String: String]
    /// After this time the broker need not deliver it any more.
    public var timeToLive: Duration?
    public var body: [UInt8]

    public init(
        to destination: Destination, id: String, type: String, correlationID: String? = nil, replyTo: String? = nil,
        headers: [String: String] = [:], timeToLive: Duration? = nil, body: [UInt8]
    ) {
        self.destination = destination
        self.id = id
        self.type = type
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.headers = headers
        self.timeToLive = timeToLive
        self.body = body
    }
}
