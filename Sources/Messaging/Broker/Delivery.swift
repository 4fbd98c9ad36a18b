/// A message as a broker hands it to a consumer, which must settle it exactly once.
public struct Delivery: Sendable {
    public let queue: String
    public let id: String
    public let type: String
    public let correlationID: String?
    public let replyTo: String?
    public let headers: [String: String]
    public let body: [UInt8]
    /// How often it was handed out before, as far as the broker knows.
    public let earlierDeliveries: Int
    private let settlement: @Sendable (Settlement) -> Void

    public enum Settlement: Sendable, Hashable {
        /// Handled: the broker forgets it.
        case done
        /// To be handed out again, perhaps to another consumer.
        case again
    }

    public init(
        queue: String, id: String, type: String, correlationID: String?, replyTo: String?, headers: [String: String],
        body: [UInt8], earlierDeliveries: Int, settlement: @escaping @Sendable (Settlement) -> Void
    ) {
        self.queue = queue
        self.id = id
        self.type = type
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.headers = headers
        self.body = body
        self.earlierDeliveries = earlierDeliveries
        self.settlement = settlement
    }

    /// Tells the broker what became of the message. If its connection has been lost meanwhile this does
    /// nothing, and the message is delivered again.
    public func settle(_ settlement: Settlement) { self.settlement(settlement) }
}
