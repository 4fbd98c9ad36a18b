import Core

/// This process's one queue for answers, subscribed to by the first call.
actor ReplyQueue {
    private let broker: any MessageBroker
    private let queue: QueueSpec
    private let pending: PendingReplies
    private var opening: Task<any Subscription, any Error>?

    init(_ broker: any MessageBroker, unique: String, pending: PendingReplies) {
        self.broker = broker
        self.queue = RPCAddress.replies(unique: unique)
        self.pending = pending
    }

    /// The queue's name, once it exists. Callers that come together share one attempt, which ends with
    /// `subscribe`'s own bound; after a failure the next call tries anew.
    func name() async throws -> String {
        let task =
            opening
            ?? Task { [broker, queue, pending] in
                try await broker.subscribe(to: queue, prefetch: 256) { delivery in
                    pending.deliver(delivery)
                    delivery.settle(.done)
                }
            }
        opening = task
        do {
            _ = try await task.value
        } catch {
            if opening == task { opening = nil }
            throw error
        }
        return queue.name
    }
}
