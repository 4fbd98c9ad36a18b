public import Core
public import Logging
public import ServiceLifecycle

/// Takes a topic's messages and hands them to their handlers until shut down.
///
/// A message is acknowledged after its handler returned. A cast whose handler failed because something
/// could not be reached is tried again, ever more slowly; one that failed otherwise, or too often, is kept
/// among the dead letters. On graceful shutdown no new messages are taken and running handlers may finish.
public final class RPCServer: Service, Sendable {
    let broker: any MessageBroker
    let address: RPCAddress
    let handlers: RPCHandlers
    let concurrency: Int
    let logger: Logger
    let ids: IDGenerator
    let clock: WallClock
    let timer: any Clock<Duration>
    /// Attempts at a cast before it becomes a dead letter: about a quarter of an hour of them.
    let attempts: Int
    /// How long handlers may go on after shutdown was asked for.
    let grace: Duration

    /// - Parameters:
    ///   - instance: the name this server alone answers to (`compute.INSTANCE`); nil to share the topic's
    ///     queues with all its other servers.
    ///   - concurrency: how many messages may be in work at a time.
    public init(
        _ broker: any MessageBroker, topic: any Topic.Type, instance: String? = nil, handlers: RPCHandlers,
        concurrency: Int = 64, logger: Logger, ids: IDGenerator = .random, clock: WallClock = .system,
        timer: any Clock<Duration> = ContinuousClock(), attempts: Int = 200, grace: Duration = .seconds(10)
    ) {
        self.broker = broker
        self.address = RPCAddress(topic: topic.name, instance: instance)
        self.handlers = handlers
        self.concurrency = concurrency
        var logger = logger
        logger[metadataKey: "topic"] = "\(address.base)"
        self.logger = logger
        self.ids = ids
        self.clock = clock
        self.timer = timer
        self.attempts = attempts
        self.grace = grace
    }

    /// Serves until cancelled or gracefully shut down.
    public func run() async throws {
        // Bounded by the prefetch of the subscriptions: no more than that is ever handed out unsettled.
        let running = RunningHandlers()
        let asked = OneShot<Void>()
        let subscriptions = try await subscribe { [self] delivery in
            running.start { await self.handle(delivery) }
        }
        await withTaskCancellationOrGracefulShutdownHandler {
            do { try await asked.value() } catch { return }
        } onCancelOrGracefulShutdown: {
            asked.settle(.success(()))
        }
        for subscription in subscriptions { await subscription.cancel() }
        let patience = Task { [timer, grace] in
            do { try await timer.sleep(for: grace) } catch { return }
            running.cancelAll()
        }
        await withTaskCancellationHandler {
            await running.allEnded()
        } onCancel: {
            running.cancelAll()
        }
        patience.cancel()
    }

    private func subscribe(_ receive: @escaping @Sendable (Delivery) -> Void) async throws -> [any Subscription] {
        var queues: [QueueSpec] = []
        if handlers.takesCasts { queues.append(address.casts) }
        if handlers.takesCalls { queues.append(address.calls) }
        if handlers.takesFanouts { queues.append(address.fanoutQueue(unique: ids.uuid())) }
        var subscriptions: [any Subscription] = []
        for queue in queues {
            subscriptions.append(try await subscribe(to: queue, receive))
        }
        return subscriptions
    }

    /// Keeps asking while the broker is away, since a daemon that starts before its broker is a normal event.
    private func subscribe(
        to queue: QueueSpec, _ receive: @escaping @Sendable (Delivery) -> Void
    ) async throws -> any Subscription {
        while true {
            do {
                return try await broker.subscribe(to: queue, prefetch: concurrency, receive)
            } catch let error as ServiceError where error.code == .unavailable {
                logger.warning("broker is not reachable, will try again", metadata: ["queue": "\(queue.name)"])
                try await timer.sleep(for: .seconds(1))
            }
        }
    }
}
