import Core

/// This process's one queue for answers, subscribed to by the first call.
final class ReplyQueue: Sendable {
    private struct State {
        var opening: Task<any Subscription, any Error>?
        var isOpen = false
    }

    private let broker: any MessageBroker
    private let queue: QueueSpec
    private let pending: PendingReplies
    private let state = Locked(State())

    init(_ broker: any MessageBroker, unique: String, pending: PendingReplies) {
        self.broker = broker
        self.queue = RPCAddress.replies(unique: unique)
        self.pending = pending
    }

    /// The queue's name, if it exists already.
    var knownName: String? { state.withLock { $0.isOpen } ? queue.name : nil }

    /// The queue's name, once it exists. Callers that come together share one attempt, which ends with
    /// `subscribe`'s own bound; after a failure the next call tries anew.
    func name() async throws -> String {
        let task = state.withLock { state in
            if let task = state.opening { return task }
            let task = Task { [broker, queue, pending] in
                try await broker.subscribe(to: queue, prefetch: 256) { delivery in
                    pending.deliver(delivery)
                    delivery.settle(.done)
                }
            }
            state.opening = task
            return task
        }
        do {
            _ = try await task.value
        } catch {
            state.withLock { if $0.opening == task { $0.opening = nil } }
            throw error
        }
        state.withLock { $0.isOpen = true }
        return queue.name
    }
}
