/// What carries messages between daemons: RabbitMQ, or memory in tests. Both keep this contract,
/// and one test suite holds them to it.
public protocol MessageBroker: Sendable {
    /// Hands a message over and returns once the broker has taken responsibility for it.
    ///
    /// What was not confirmed when a connection broke is sent again, so a consumer may see it twice.
    /// - Throws: `.unavailable` when nobody listens on a `.queue`, when the broker cannot be reached
    ///   within a bounded time, or when too many messages are already waiting; `.tooLarge` for a body
    ///   above `OutgoingMessage.maximumBodyBytes`.
    func publish(_ message: OutgoingMessage) async throws

    /// Does the same without keeping the caller waiting, for messages whose answer says more than a confirmation:
    /// `failed` is called, from any thread and at most once, with what `publish` would have thrown.
    /// - Parameter isWanted: asked before the message is sent again after a connection broke.
    func post(
        _ message: OutgoingMessage, isWanted: @escaping @Sendable () -> Bool,
        failed: @escaping @Sendable (any Error) -> Void)

    /// Creates `queue` if it is missing and consumes from it until the subscription is cancelled, over
    /// every reconnection.
    ///
    /// At most `prefetch` messages are handed out and unsettled at a time. `receive` runs on the
    /// broker's thread, which all deliveries share: it may not block.
    /// - Throws: `.unavailable` when the broker cannot be reached within a bounded time.
    func subscribe(
        to queue: QueueSpec, prefetch: Int, _ receive: @escaping @Sendable (Delivery) -> Void
    ) async throws -> any Subscription

    /// The number of messages that wait in a queue, those handed out and unsettled not counted.
    func depth(of queue: QueueSpec) async throws -> Int
}

/// A consumer's hold on its queue.
public protocol Subscription: Sendable {
    /// Takes no further messages; those handed out may still be settled.
    func cancel() async
}
