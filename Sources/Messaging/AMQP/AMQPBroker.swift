import CRabbitMQ
public import Core
public import Logging
public import ServiceLifecycle

/// RabbitMQ, by two connections: one publishes, one consumes, because a blocked publisher must not keep
/// acknowledgements from being read. Each has a thread of its own; a third watches that neither hangs.
///
/// Usable at once; `run()` keeps it up until shutdown, so serve it before all that uses it.
public final class AMQPBroker: MessageBroker, Service {
    private let options: MessagingOptions
    private let ids: IDGenerator
    private let publishing: AMQPThread<AMQPPublisher>
    private let consuming: AMQPThread<AMQPConsumer>
    private let publisherInbox: PublisherInbox
    private let consumerInbox = ConsumerInbox()
    private let watchdog: Watchdog

    /// - Parameter name: the daemon's, shown in the broker's list of connections.
    public init(_ options: MessagingOptions, name: String = "apus", logger: Logger, ids: IDGenerator = .random) {
        self.options = options
        self.ids = ids
        publisherInbox = PublisherInbox(options)
        let publishing = AMQPThread(
            name: "\(name)-publish", options: options, logger: logger,
            worker: AMQPPublisher(publisherInbox, deliveryLimit: options.deliveryLimit, logger: logger))
        let consuming = AMQPThread(
            name: "\(name)-consume", options: options, logger: logger,
            worker: AMQPConsumer(consumerInbox, deliveryLimit: options.deliveryLimit, logger: logger))
        consumerInbox.wakes { consuming.wake() }
        self.publishing = publishing
        self.consuming = consuming
        watchdog = Watchdog(every: options.heartbeat / 2) {
            publishing.checkProgress(.now)
            consuming.checkProgress(.now)
        }
        publishing.start()
        consuming.start()
        watchdog.start()
        ProcessFacts.shared.add("messaging") { [weak publishing, weak consuming, publisherInbox] in
            guard let publishing, let consuming else { return nil }
            return .object([
                "publishing": .bool(publishing.isConnected), "consuming": .bool(consuming.isConnected),
                "unsent": .integer(Int64(publisherInbox.count)),
            ])
        }
    }

    /// Serves until cancelled or gracefully shut down, then sends what is left and closes.
    public func run() async throws {
        let asked = OneShot<Void>()
        await withGracefulShutdownHandler {
            do { try await asked.value() } catch { return }
        } onGracefulShutdown: {
            asked.settle(.success(()))
        }
        await close()
    }

    /// Sends what is left, for a bounded time, and closes both connections.
    public func close() async {
        watchdog.stop()
        await Task.detached { [publishing, consuming] in
            await consuming.stop()
            await publishing.stop()
        }.value
    }

    /// For readiness checks.
    /// - Throws: `.unavailable` while either connection is away.
    public func checkConnected() throws {
        guard publishing.isConnected, consuming.isConnected else {
            throw ServiceError.brokerUnreachable("not connected")
        }
    }

    public func publish(_ message: OutgoingMessage) async throws {
        let done = OneShot<Void>()
        try send(message, done)
        try await done.value()
    }

    public func post(
        _ message: OutgoingMessage, isWanted: @escaping @Sendable () -> Bool,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        let done = OneShot<Void> { result in
            if case .failure(let error) = result { failed(error) }
        }
        do { try send(message, done, isWanted) } catch { failed(error) }
    }

    /// - Parameter isWanted: of a message that needs no confirmation.
    private func send(
        _ message: OutgoingMessage, _ done: OneShot<Void>, _ isWanted: (@Sendable () -> Bool)? = nil
    ) throws {
        guard message.body.count <= OutgoingMessage.maximumBodyBytes else {
            throw ServiceError(.tooLarge, "The message is too large.", detail: message.type)
        }
        // A call is not worth sending when its caller has given up.
        let time = min(options.publishTimeout, message.timeToLive ?? options.publishTimeout)
        let request = PublishRequest(message, deadline: .now + time, done: done, isWanted: isWanted)
        try publisherInbox.admit(request)
        let isSent = publishing.useAsleep(bytes: request.wireBytes) { worker, connection throws(AMQPFailure) in
            try worker.sendAtOnce(request, connection)
        }
        if isSent { return }
        try publisherInbox.add(request)
        publishing.wake()
    }

    public func subscribe(
        to queue: QueueSpec, prefetch: Int, _ receive: @escaping @Sendable (Delivery) -> Void
    ) async throws -> any Subscription {
        let record = ConsumerRecord(
            tag: ids.uuid(), queue: queue, prefetch: prefetch, deadline: .now + options.publishTimeout,
            receive: receive)
        guard consumerInbox.add(.subscribe(record)) else {
            throw ServiceError.brokerUnreachable("the connection is closed")
        }
        consuming.wake()
        let subscription = AMQPSubscription(tag: record.tag, inbox: consumerInbox, thread: consuming)
        do {
            try await record.established.value()
        } catch {
            await subscription.cancel()
            throw error
        }
        return subscription
    }

    public func depth(of queue: QueueSpec) async throws -> Int {
        let result = OneShot<Int>()
        publisherInbox.add(depthOf: queue.name, result)
        publishing.wake()
        return try await result.value()
    }
}

private struct AMQPSubscription: Subscription {
    let tag: String
    let inbox: ConsumerInbox
    let thread: AMQPThread<AMQPConsumer>

    func cancel() async {
        let done = OneShot<Void>()
        guard inbox.add(.cancel(tag, done)) else { return }
        thread.wake()
        // Without a connection the consumer is gone already; then nothing is worth waiting for.
        guard thread.isConnected else { return }
        do { try await done.value() } catch { return }
    }
}

/// Cuts connections whose threads hang.
private final class Watchdog: Sendable {
    private let interval: Duration
    private let check: @Sendable () -> Void
    private let wakeup = crmq_wakeup_new()
    private let isStopped = Locked(false)

    init(every interval: Duration, _ check: @escaping @Sendable () -> Void) {
        self.interval = interval
        self.check = check
    }

    func start() {
        startThread("amqp-watchdog") {
            while !self.isStopped.withLock({ $0 }) {
                crmq_poll(-1, self.wakeup, Int32(self.interval.wholeMilliseconds))
                self.check()
            }
        }
    }

    func stop() {
        isStopped.withLock { $0 = true }
        crmq_wakeup_signal(wakeup)
    }
}
