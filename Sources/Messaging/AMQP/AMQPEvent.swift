/// What arrived on a connection.
enum AMQPEvent {
    case delivery(AMQPIncoming)
    /// A mandatory message that reached no queue; its confirmation, or the next fence, follows.
    case returned(messageID: String, code: Int)
    case confirmed(tag: UInt64, multiple: Bool)
    case refused(tag: UInt64, multiple: Bool)
    /// The broker ended a consumer, for instance because its queue was deleted.
    case cancelled(consumer: String)
    /// The broker has looked at all that was posted before the fence.
    case fenced
    case blocked(reason: String)
    case unblocked
}

/// A delivered message, copied out of the library's memory.
struct AMQPIncoming {
    var consumer: String
    var tag: UInt64
    var id: String
    var type: String
    var correlationID: String?
    var replyTo: String?
    var headers: [String: String]
    var body: [UInt8]
    var earlierDeliveries: Int
}
