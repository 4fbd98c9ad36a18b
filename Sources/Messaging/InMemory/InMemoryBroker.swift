import Core

/// A broker within one process, with RabbitMQ's contract, for tests and for all daemons in one process.
public final class InMemoryBroker: MessageBroker {
    private struct State {
        var queues = InMemoryQueues()
        var outbox: [InMemoryQueues.Handover] = []
        var isHandingOver = false
        var isDown = false
    }

    private let state = Locked(State())

    public init() {}

    public func publish(_ message: OutgoingMessage) async throws { try take(message) }

    public func post(
        _ message: OutgoingMessage, isWanted: @escaping @Sendable () -> Bool,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        do { try take(message) } catch { failed(error) }
    }

    private func take(_ message: OutgoingMessage) throws {
        guard message.body.count <= OutgoingMessage.maximumBodyBytes else {
            throw ServiceError(.tooLarge, "The message is too large.", detail: message.type)
        }
        let routed = try state.withLock { state in
            if state.isDown { throw ServiceError(.unavailable, "The message broker cannot be reached.") }
            return state.queues.publish(message)
        }
        guard routed else {
            throw ServiceError(.unavailable, "No server listens for this message.", detail: "\(message.destination)")
        }
        handOver()
    }

    public func subscribe(
        to queue: QueueSpec, prefetch: Int, _ receive: @escaping @Sendable (Delivery) -> Void
    ) async throws -> any Subscription {
        let id = try state.withLock { state in
            if state.isDown { throw ServiceError(.unavailable, "The message broker cannot be reached.") }
            return state.queues.addConsumer(to: queue, prefetch: prefetch, receive)
        }
        handOver()
        return InMemorySubscription(broker: self, id: id, queue: queue.name)
    }

    public func depth(of queue: QueueSpec) async throws -> Int {
        state.withLock { $0.queues.queues[queue.name]?.waiting.count ?? 0 }
    }

    /// Does what a restart of a broker does: transient messages are lost, unsettled ones come again.
    public func restart() {
        state.withLock { $0.queues.restart() }
        handOver()
    }

    /// Makes the broker unreachable, or reachable again.
    public func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    fileprivate func cancel(_ id: Int, _ queue: String) {
        state.withLock { $0.queues.cancelConsumer(id, of: queue) }
        handOver()
    }

    /// Calls the consumers outside the lock, one caller at a time, so that a queue's order is kept.
    private func handOver() {
        while let handover = nextHandover() {
            let message = handover.message.outgoing
            handover.receive(
                Delivery(
                    queue: handover.queue, id: message.id, type: message.type, correlationID: message.correlationID,
                    replyTo: message.replyTo, headers: message.headers, body: message.body,
                    earlierDeliveries: handover.message.earlierDeliveries
                ) { [weak self] settlement in
                    guard let self else { return }
                    self.state.withLock { $0.queues.settle(handover, settlement) }
                    self.handOver()
                })
            state.withLock { $0.isHandingOver = false }
        }
    }

    private func nextHandover() -> InMemoryQueues.Handover? {
        state.withLock { state in
            guard !state.isHandingOver else { return nil }
            state.outbox += state.queues.handOut()
            guard !state.outbox.isEmpty else { return nil }
            state.isHandingOver = true
            return state.outbox.removeFirst()
        }
    }
}

private struct InMemorySubscription: Subscription {
    let broker: InMemoryBroker
    let id: Int
    let queue: String

    func cancel() async { broker.cancel(id, queue) }
}
