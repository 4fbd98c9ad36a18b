/// Calls and answers, on one connection: what is posted and consumed there.
///
/// What goes out is so written together, and wakes the broker once. Nothing is confirmed. Casts have connections of
/// their own: the broker stops reading one that publishes when its memory is short, and what frees memory is that casts
/// are acknowledged.
struct AMQPCalls: AMQPWorker {
    static let confirms = false

    private var publisher: AMQPPublisher
    private var consumer: AMQPConsumer

    init(_ publisher: AMQPPublisher, _ consumer: AMQPConsumer) {
        self.publisher = publisher
        self.consumer = consumer
    }

    var isAsked: Bool { publisher.isAsked || consumer.isAsked }
    var isIdle: Bool { publisher.isIdle && consumer.isIdle }

    mutating func connected(_ connection: AMQPConnection) throws(AMQPFailure) {
        try publisher.connected(connection)
        try consumer.connected(connection)
    }

    mutating func disconnected() {
        publisher.disconnected()
        consumer.disconnected()
    }

    mutating func handle(_ event: AMQPEvent, _ connection: AMQPConnection) throws(AMQPFailure) {
        switch event {
        case .delivery, .cancelled: try consumer.handle(event, connection)
        case .returned, .confirmed, .refused, .fenced, .blocked, .unblocked: try publisher.handle(event, connection)
        }
    }

    mutating func takeDeliveries() -> [ReadyDelivery] { consumer.takeDeliveries() }

    /// An acknowledgement goes out after the answer, which was asked for before it.
    mutating func work(_ connection: AMQPConnection) throws(AMQPFailure) -> Bool {
        consumer.take()
        let publisherHasMore = try publisher.work(connection)
        let consumerHasMore = try consumer.finish(connection)
        return publisherHasMore || consumerHasMore
    }

    mutating func sendAtOnce(_ request: PublishRequest, _ connection: AMQPConnection) throws(AMQPFailure) -> Bool {
        try publisher.sendAtOnce(request, connection)
    }

    mutating func expire(_ now: ContinuousClock.Instant) -> Bool {
        let publisherWaits = publisher.expire(now)
        let consumerWaits = consumer.expire(now)
        return publisherWaits || consumerWaits
    }

    mutating func stopped() {
        publisher.stopped()
        consumer.stopped()
    }
}
