import Core
import Logging

/// A subscription as the consuming connection keeps it, over reconnections.
final class ConsumerRecord: Sendable {
    let tag: String
    let queue: QueueSpec
    let prefetch: Int
    let receive: @Sendable (Delivery) -> Void
    let deadline: ContinuousClock.Instant
    let established = OneShot<Void>()

    init(
        tag: String, queue: QueueSpec, prefetch: Int, deadline: ContinuousClock.Instant,
        receive: @escaping @Sendable (Delivery) -> Void
    ) {
        self.tag = tag
        self.queue = queue
        self.prefetch = prefetch
        self.deadline = deadline
        self.receive = receive
    }

    /// How much of a portion of the prefetch one message is that is done and not acknowledged; all of it where it must
    /// not wait. An answer that comes a second time finds nobody waiting, and so does a second answer.
    func shareOfPortion(_ portion: Double) -> Double {
        switch queue.kind {
        case .replies, .transient: 1 / max(1, portion * Double(prefetch))
        case .durable, .exclusive, .deadLetters, .notifications: 1
        }
    }
}

/// What other threads ask of the consuming connection. Bounded by the subscriptions' prefetch.
final class ConsumerInbox: Sendable {
    enum Item: Sendable {
        case subscribe(ConsumerRecord)
        case cancel(String, OneShot<Void>)
        /// `epoch` numbers the connection that the message came by: its tags mean nothing to another.
        /// `share` is the message's of what may be done and not acknowledged: at 1 the broker is told.
        case settle(epoch: Int, tag: UInt64, Delivery.Settlement, share: Double)
    }

    private struct State {
        var items: [Item] = []
        var isStopped = false
        var wake: @Sendable () -> Void = {}
    }

    private let state = Locked(State())

    /// - Returns: whether the thread still takes anything.
    func add(_ item: Item) -> Bool {
        state.withLock { state in
            if !state.isStopped { state.items.append(item) }
            return !state.isStopped
        }
    }

    /// How the thread is woken.
    func wakes(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// Adds an item and gets the thread to look at it.
    func ask(_ item: Item) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.isStopped else { return nil }
            state.items.append(item)
            return state.wake
        }
        wake?()
    }

    func take() -> [Item] {
        state.withLock { state in
            defer { state.items = [] }
            return state.items
        }
    }

    var isEmpty: Bool { state.withLock { $0.items.isEmpty } }

    func close() { state.withLock { $0.isStopped = true } }
}

/// Keeps all subscriptions alive and passes deliveries on: the consuming connection's worker, and half of that of
/// calls.
struct AMQPConsumer: AMQPWorker {
    static let confirms = false
    /// Calls that were answered and answers that were read are acknowledged together: a quarter of their queue's
    /// prefetch, or after so long.
    private static let portion = 0.25
    private static let patience: Duration = .milliseconds(200)

    private let inbox: ConsumerInbox
    private let deliveryLimit: Int
    private let logger: Logger
    private var records: [String: ConsumerRecord] = [:]
    /// Tags of subscriptions that the broker does not serve now, and when to ask again.
    private var missing: [String: ContinuousClock.Instant] = [:]
    private var epoch = 0
    private var unsettled = UnsettledTags()
    /// Done, and not told to the broker yet.
    private var done: [UInt64] = []
    /// The sum of their shares, and since when they wait.
    private var doneShare = 0.0
    private var oldestDone: ContinuousClock.Instant?
    /// Delivered, and not handed out yet.
    private var ready: [ReadyDelivery] = []
    /// Asked for, and not done yet.
    private var asked: [ConsumerInbox.Item] = []

    init(_ inbox: ConsumerInbox, deliveryLimit: Int, logger: Logger) {
        self.inbox = inbox
        self.deliveryLimit = deliveryLimit
        self.logger = logger
    }

    /// Unsettled messages are delivered to others when the connection closes; those that are done must not be.
    var isIdle: Bool { done.isEmpty }
    var isAsked: Bool { !inbox.isEmpty }

    mutating func connected(_ connection: AMQPConnection) throws(AMQPFailure) {
        epoch += 1
        unsettled = UnsettledTags()
        clearDone()
        try connection.declare(.deadLetters, deliveryLimit: deliveryLimit)
        for record in records.values { try establish(record, connection) }
    }

    mutating func disconnected() {
        missing = [:]
        // They are delivered again.
        ready = []
        clearDone()
    }

    mutating func takeDeliveries() -> [ReadyDelivery] {
        defer { ready = [] }
        return ready
    }

    private mutating func establish(_ record: ConsumerRecord, _ connection: AMQPConnection) throws(AMQPFailure) {
        do {
            try connection.declare(record.queue, deliveryLimit: deliveryLimit)
            try connection.consume(record.queue.name, tag: record.tag, prefetch: record.prefetch)
            missing[record.tag] = nil
            record.established.settle(.success(()))
        } catch  where !error.isFatal {
            // Such as an exclusive queue that the broker still counts to the connection just lost.
            logger.warning(
                "cannot consume, will try again",
                metadata: ["queue": "\(record.queue.name)", "error": "\(error)"])
            missing[record.tag] = .now + .seconds(1)
        }
    }

    mutating func handle(_ event: AMQPEvent, _ connection: AMQPConnection) throws(AMQPFailure) {
        switch event {
        case .delivery(let incoming):
            try deliver(incoming, connection)
        case .cancelled(let tag):
            if let record = records[tag] { try establish(record, connection) }
        case .returned, .confirmed, .refused, .fenced, .blocked, .unblocked:
            break
        }
    }

    private mutating func deliver(_ incoming: AMQPIncoming, _ connection: AMQPConnection) throws(AMQPFailure) {
        guard let record = records[incoming.consumer] else {
            // Sent before the broker knew that its consumer is cancelled: another one shall have it.
            return try connection.requeue(incoming.tag)
        }
        unsettled.add(incoming.tag)
        let share = record.shareOfPortion(Self.portion)
        let delivery = Delivery(
            queue: record.queue.name, id: incoming.id, type: incoming.type, correlationID: incoming.correlationID,
            replyTo: incoming.replyTo, headers: incoming.headers, body: incoming.body,
            earlierDeliveries: incoming.earlierDeliveries
        ) { [inbox, epoch] settlement in
            inbox.ask(.settle(epoch: epoch, tag: incoming.tag, settlement, share: share))
        }
        ready.append(ReadyDelivery(delivery: delivery, receive: record.receive))
    }

    mutating func work(_ connection: AMQPConnection) throws(AMQPFailure) -> Bool {
        take()
        return try finish(connection)
    }

    /// Takes up what was asked for.
    mutating func take() { asked.append(contentsOf: inbox.take()) }

    /// Does what was taken up.
    mutating func finish(_ connection: AMQPConnection) throws(AMQPFailure) -> Bool {
        // What is left of them when the connection breaks is done on the next.
        var count = 0
        defer { asked.removeFirst(count) }
        while count < asked.count {
            count += 1
            switch asked[count - 1] {
            case .subscribe(let record):
                records[record.tag] = record
                try establish(record, connection)
            case .cancel(let tag, let done):
                // A connection that breaks meanwhile takes the consumer with it.
                let isServed = records[tag] != nil && missing[tag] == nil
                forget(tag)
                defer { done.settle(.success(())) }
                if isServed { try cancel(tag, connection) }
            case .settle(let itemEpoch, let tag, let settlement, let share):
                guard itemEpoch == epoch else { continue }
                unsettled.remove(tag)
                switch settlement {
                case .done:
                    done.append(tag)
                    doneShare += share
                case .again: try connection.requeue(tag)
                }
            }
        }
        try acknowledge(connection)
        for (tag, due) in missing where due < .now {
            guard let record = records[tag] else { continue }
            try establish(record, connection)
        }
        return false
    }

    /// All at once, since an acknowledgement may speak for all numbers before its own.
    private mutating func acknowledge(_ connection: AMQPConnection) throws(AMQPFailure) {
        guard !done.isEmpty else { return }
        let oldest = oldestDone ?? .now
        oldestDone = oldest
        guard doneShare >= 1 || .now - oldest > Self.patience else { return }
        for (tag, multiple) in unsettled.acknowledgements(done) {
            try connection.acknowledge(tag, multiple: multiple)
        }
        clearDone()
    }

    private mutating func clearDone() {
        done.removeAll(keepingCapacity: true)
        doneShare = 0
        oldestDone = nil
    }

    private func cancel(_ tag: String, _ connection: AMQPConnection) throws(AMQPFailure) {
        do {
            try connection.cancel(tag)
        } catch  where !error.isFatal {
            logger.warning("cannot cancel a consumer", metadata: ["error": "\(error)"])
        }
    }

    private mutating func forget(_ tag: String) {
        records[tag] = nil
        missing[tag] = nil
    }

    mutating func expire(_ now: ContinuousClock.Instant) -> Bool {
        var waiting = !missing.isEmpty || !done.isEmpty
        for record in records.values where !record.established.isSettled {
            if record.deadline < now {
                record.established.settle(.failure(ServiceError.brokerUnreachable("queue \(record.queue.name)")))
                forget(record.tag)
            } else {
                waiting = true
            }
        }
        return waiting
    }

    mutating func stopped() {
        inbox.close()
        take()
        for item in asked {
            switch item {
            case .subscribe(let record): records[record.tag] = record
            case .cancel(_, let done): done.settle(.success(()))
            case .settle: break
            }
        }
        for record in records.values {
            record.established.settle(.failure(ServiceError.brokerUnreachable("the connection is closed")))
        }
    }
}
