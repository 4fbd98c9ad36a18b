import CRabbitMQ
import Core
public import Logging
public import ServiceLifecycle

/// RabbitMQ, by three connections: one publishes and one consumes what the broker stores, because a blocked publisher
/// must not keep acknowledgements from being read; the third does both for calls and their answers, which are over in
/// seconds and want to be quick. Each has a thread of its own; a fourth thread watches that none hangs.
///
/// Usable at once; `run()` keeps it up until shutdown, so serve it before all that uses it.
public final class AMQPBroker: MessageBroker, Service {
    private let options: MessagingOptions
    /// Numbers the consumers, whose tags need to differ within a connection only.
    private let consumers = Locked(0)
    private let publishing: AMQPThread<AMQPPublisher>
    private let consuming: AMQPThread<AMQPConsumer>
    private let calling: AMQPThread<AMQPCalls>
    private let publisherInbox: PublisherInbox
    private let consumerInbox = ConsumerInbox()
    private let postInbox: PublisherInbox
    private let callInbox = ConsumerInbox()
    private let watchdog: Watchdog

    /// - Parameter name: the daemon's, shown in the broker's list of connections.
    public init(_ options: MessagingOptions, name: String = "apus", logger: Logger) {
        self.options = options
        publisherInbox = PublisherInbox(options)
        postInbox = PublisherInbox(options)
        let publishing = AMQPThread(
            name: "\(name)-publish", options: options, logger: logger,
            worker: AMQPPublisher(publisherInbox, deliveryLimit: options.deliveryLimit, logger: logger))
        let consuming = AMQPThread(
            name: "\(name)-consume", options: options, logger: logger,
            worker: AMQPConsumer(consumerInbox, deliveryLimit: options.deliveryLimit, logger: logger))
        let calling = AMQPThread(
            name: "\(name)-call", options: options, logger: logger,
            worker: AMQPCalls(
                AMQPPublisher(postInbox, deliveryLimit: options.deliveryLimit, logger: logger),
                AMQPConsumer(callInbox, deliveryLimit: options.deliveryLimit, logger: logger)))
        consumerInbox.wakes { consuming.wake() }
        callInbox.wakes { calling.wake() }
        self.publishing = publishing
        self.consuming = consuming
        self.calling = calling
        watchdog = Watchdog(every: options.heartbeat / 2) {
            publishing.checkProgress(.now)
            consuming.checkProgress(.now)
            calling.checkProgress(.now)
        }
        publishing.start()
        consuming.start()
        calling.start()
        watchdog.start()
        ProcessFacts.shared.add("messaging") {
            [weak publishing, weak consuming, weak calling, publisherInbox, postInbox] in
            guard let publishing, let consuming, let calling else { return nil }
            return .object([
                "publishing": .bool(publishing.isConnected), "consuming": .bool(consuming.isConnected),
                "calling": .bool(calling.isConnected),
                "unsent": .integer(Int64(publisherInbox.count + postInbox.count)),
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

    /// Sends what is left, for a bounded time, and closes all connections.
    public func close() async {
        watchdog.stop()
        await Task.detached { [publishing, consuming, calling] in
            await consuming.stop()
            await calling.stop()
            await publishing.stop()
        }.value
    }

    /// For readiness checks.
    /// - Throws: `.unavailable` while any connection is away.
    public func checkConnected() throws {
        guard publishing.isConnected, consuming.isConnected, calling.isConnected else {
            throw ServiceError.brokerUnreachable("not connected")
        }
    }

    public func publish(_ message: OutgoingMessage) async throws {
        let done = OneShot<Void>()
        try send(message, .waiting(done))
        try await done.value()
    }

    public func post(
        _ message: OutgoingMessage, isWanted: @escaping @Sendable () -> Bool,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        do { try send(message, .gone(isWanted: isWanted, failed: failed)) } catch { failed(error) }
    }

    private func send(_ message: OutgoingMessage, _ sender: PublishRequest.Sender) throws {
        guard message.body.count <= OutgoingMessage.maximumBodyBytes else {
            throw ServiceError(.tooLarge, "The message is too large.", detail: message.type)
        }
        // A call is not worth sending when its caller has given up.
        let time = min(options.publishTimeout, message.timeToLive ?? options.publishTimeout)
        let request = PublishRequest(message, deadline: .now + time, sender)
        if request.isConfirmed {
            try publisherInbox.admit(request)
            if publishing.useAsleep({ worker, connection throws(AMQPFailure) in
                try worker.sendAtOnce(request, connection)
            }) {
                return
            }
            try publisherInbox.add(request)
            publishing.wake()
        } else {
            try postInbox.admit(request)
            if calling.useAsleep({ worker, connection throws(AMQPFailure) in
                try worker.sendAtOnce(request, connection)
            }) {
                return
            }
            try postInbox.add(request)
            calling.wake()
        }
    }

    public func subscribe(
        to queue: QueueSpec, prefetch: Int, _ receive: @escaping @Sendable (Delivery) -> Void
    ) async throws -> any Subscription {
        let record = ConsumerRecord(
            tag: consumerTag(), queue: queue, prefetch: prefetch, deadline: .now + options.publishTimeout,
            receive: receive)
        let subscription =
            switch queue.kind {
            case .transient, .replies: AMQPSubscription(tag: record.tag, inbox: callInbox, thread: calling)
            case .durable, .deadLetters, .exclusive, .notifications:
                AMQPSubscription(tag: record.tag, inbox: consumerInbox, thread: consuming)
            }
        guard subscription.inbox.add(.subscribe(record)) else {
            throw ServiceError.brokerUnreachable("the connection is closed")
        }
        subscription.thread.wake()
        do {
            try await record.established.value()
        } catch {
            await subscription.cancel()
            throw error
        }
        return subscription
    }

    private func consumerTag() -> String {
        let number = consumers.withLock { count in
            count += 1
            return count
        }
        return "apus-\(number)"
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
    let thread: any ConsumingThread

    func cancel() async {
        let done = OneShot<Void>()
        guard inbox.add(.cancel(tag, done)) else { return }
        thread.wake()
        // Without a connection the consumer is gone already; then nothing is worth waiting for.
        guard thread.isConnected else { return }
        do { try await done.value() } catch { return }
    }
}

/// What a subscription needs to know of its connection's thread.
private protocol ConsumingThread: Sendable {
    var isConnected: Bool { get }
    func wake()
}

extension AMQPThread: ConsumingThread {}

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
