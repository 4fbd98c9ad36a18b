import Core
import Logging

/// A message on its way to the broker.
final class PublishRequest: Sendable {
    /// Who is told what became of it.
    enum Sender: Sendable {
        /// It is to be confirmed.
        case waiting(OneShot<Void>)
        /// It needs no confirmation, and its sender wants to know of failure only.
        case gone(isWanted: @Sendable () -> Bool, failed: @Sendable (any Error) -> Void)
    }

    let message: OutgoingMessage
    let deadline: ContinuousClock.Instant
    private let sender: Sender

    init(_ message: OutgoingMessage, deadline: ContinuousClock.Instant, _ sender: Sender) {
        self.message = message
        self.deadline = deadline
        self.sender = sender
    }

    var isConfirmed: Bool {
        guard case .gone = sender, case .queue = message.destination else { return true }
        // What has to be stored, or may have to be declared first, is confirmed in any case.
        return false
    }

    /// Whether it is still worth sending again.
    var isWanted: Bool {
        switch sender {
        case .waiting(let done): !done.isSettled
        case .gone(let isWanted, _): isWanted()
        }
    }

    /// Whether its sender has stopped waiting.
    var isGivenUp: Bool {
        if case .waiting(let done) = sender { done.isSettled } else { false }
    }

    /// Called once.
    func end(_ result: Result<Void, any Error>) {
        switch (sender, result) {
        case (.waiting(let done), _): done.settle(result)
        case (.gone(_, let failed), .failure(let error)): failed(error)
        case (.gone, .success): break
        }
    }
}

/// What other threads ask of the publishing connection.
final class PublisherInbox: Sendable {
    enum Item: Sendable {
        case publish(PublishRequest)
        case depth(String, OneShot<Int>)
    }

    private struct State {
        var items: [Item] = []
        var waiting = 0
        var waitingBytes = 0
        var isStopped = false
    }

    private let state = Locked(State())
    private let options: MessagingOptions

    init(_ options: MessagingOptions) { self.options = options }

    /// Messages that are not confirmed yet.
    var count: Int { state.withLock { $0.waiting } }

    /// Makes room for a message, unless too much waits already. `add` it then, or `release` it when it is settled.
    func admit(_ request: PublishRequest) throws(ServiceError) {
        let error: ServiceError? = state.withLock { state in
            if state.isStopped { return .brokerUnreachable("the connection is closed") }
            let bytes = request.message.body.count
            guard state.waiting < options.maximumWaiting, state.waitingBytes + bytes <= options.maximumWaitingBytes
            else { return .brokerUnreachable("\(state.waiting) messages wait for it") }
            state.waiting += 1
            state.waitingBytes += bytes
            return nil
        }
        if let error { throw error }
    }

    /// Hands an admitted message to the thread.
    func add(_ request: PublishRequest) throws(ServiceError) {
        let isStopped = state.withLock { state in
            if !state.isStopped { state.items.append(.publish(request)) }
            return state.isStopped
        }
        if isStopped { throw .brokerUnreachable("the connection is closed") }
    }

    func add(depthOf queue: String, _ result: OneShot<Int>) {
        let stopped = state.withLock { state in
            if !state.isStopped { state.items.append(.depth(queue, result)) }
            return state.isStopped
        }
        if stopped { result.settle(.failure(ServiceError.brokerUnreachable("the connection is closed"))) }
    }

    /// Hands all items to the thread.
    func take() -> [Item] {
        state.withLock { state in
            defer { state.items = [] }
            return state.items
        }
    }

    /// A message is settled and its room free.
    func release(_ request: PublishRequest) {
        state.withLock { state in
            state.waiting -= 1
            state.waitingBytes -= request.message.body.count
        }
    }

    var isEmpty: Bool { state.withLock { $0.items.isEmpty } }

    func close() { state.withLock { $0.isStopped = true } }
}

/// Sends, awaits confirmations, sends again after a reconnection: the publishing connection's worker, and half of that
/// of calls.
///
/// Calls and their answers are not confirmed one by one, which would wake this thread and two processes of the broker
/// for each: a fence now and then tells that all before it have arrived.
struct AMQPPublisher: AMQPWorker {
    static let confirms = true
    /// Messages sent and unconfirmed at a time.
    private static let window = 1024
    /// Messages sent between two looks at what arrived.
    private static let batch = 64
    /// Bytes put together before they are written.
    private static let portion = 256 << 10
    /// Times a message is sent before it is held for the cause of what breaks the connection.
    private static let maximumSends = 6

    /// Not private: the compiler trips over a private type of a type that another file stores.
    struct Sending {
        let request: PublishRequest
        var sends = 0
        var wasReturned = false
    }

    private let inbox: PublisherInbox
    private let deliveryLimit: Int
    private let logger: Logger
    /// In order, not sent on this connection.
    private var held: [Sending] = []
    private var unconfirmed = ConfirmWindow<Sending>()
    private var posted = FenceWindow<Sending>()
    /// Ids of messages that came back, until their confirmation comes.
    private var returned: Set<String> = []
    /// Fanout exchanges known to exist on this connection.
    private var exchanges: Set<String> = []
    /// Queues known to be bound to a topic exchange.
    private var topics: Set<OutgoingMessage.Destination> = []
    private var depths: [(String, OneShot<Int>)] = []
    private var isBlocked = false

    init(_ inbox: PublisherInbox, deliveryLimit: Int, logger: Logger) {
        self.inbox = inbox
        self.deliveryLimit = deliveryLimit
        self.logger = logger
    }

    /// What was posted is read by the broker before it closes the connection.
    var isIdle: Bool { held.isEmpty && unconfirmed.count == 0 }
    var isAsked: Bool { !inbox.isEmpty }

    mutating func connected(_ connection: AMQPConnection) throws(AMQPFailure) {
        try connection.declare(.deadLetters, deliveryLimit: deliveryLimit)
    }

    mutating func disconnected() {
        let again = posted.endAll().filter { sending in
            if sending.request.isWanted { return true }
            finish(sending, .success(()))
            return false
        }
        held.insert(contentsOf: unconfirmed.endAll() + again, at: 0)
        returned = []
        exchanges = []
        topics = []
        isBlocked = false
    }

    mutating func takeDeliveries() -> [ReadyDelivery] { [] }

    mutating func handle(_ event: AMQPEvent, _ connection: AMQPConnection) throws(AMQPFailure) {
        switch event {
        case .returned(let id, _):
            if let sending = posted.remove(where: { $0.request.message.id == id }) {
                finish(sending, .failure(Self.nobodyListens(sending)))
            } else {
                returned.insert(id)
            }
        case .fenced:
            for sending in posted.endFenced() { finish(sending, .success(())) }
        case .confirmed(let tag, let multiple):
            for sending in unconfirmed.end(tag, multiple: multiple) { try confirmed(sending, connection) }
        case .refused(let tag, let multiple):
            // The broker could not store them now.
            held.append(contentsOf: unconfirmed.end(tag, multiple: multiple))
        case .blocked(let reason):
            logger.warning("the message broker takes no messages", metadata: ["reason": "\(reason)"])
            isBlocked = true
        case .unblocked:
            logger.info("the message broker takes messages again")
            isBlocked = false
        case .delivery, .cancelled:
            break
        }
    }

    private mutating func confirmed(_ sending: Sending, _ connection: AMQPConnection) throws(AMQPFailure) {
        guard returned.remove(sending.request.message.id) != nil else { return finish(sending, .success(())) }
        if case .durableQueue(let spec) = sending.request.message.destination, !sending.wasReturned {
            // The first message ever for this queue, sent before its first consumer came.
            var again = sending
            again.wasReturned = true
            held.insert(again, at: 0)
            try connection.declare(spec, deliveryLimit: deliveryLimit)
            return
        }
        if case .topic = sending.request.message.destination, !sending.wasReturned {
            // Somebody has deleted the queue since it was bound.
            topics.remove(sending.request.message.destination)
            var again = sending
            again.wasReturned = true
            held.insert(again, at: 0)
            return
        }
        finish(sending, .failure(Self.nobodyListens(sending)))
    }

    private static func nobodyListens(_ sending: Sending) -> ServiceError {
        ServiceError(
            .unavailable, "No server listens for this message.", detail: "\(sending.request.message.destination)")
    }

    mutating func work(_ connection: AMQPConnection) throws(AMQPFailure) -> Bool {
        takeInbox()
        while let (queue, result) = depths.popLast() {
            result.settle(.success(try connection.depth(of: queue)))
        }
        guard !isBlocked else { return false }
        var sent = 0
        while sent < min(held.count, Self.batch), hasRoom {
            let index = sent
            sent += 1
            guard !held[index].request.isGivenUp else {
                inbox.release(held[index].request)
                continue
            }
            if held[index].sends == Self.maximumSends {
                finish(held[index], .failure(ServiceError.brokerUnreachable("it was lost with this message")))
                continue
            }
            held[index].sends += 1
            let (message, isConfirmed) = (held[index].request.message, held[index].request.isConfirmed)
            if case .fanout(let exchange) = message.destination, !exchanges.contains(exchange) {
                try connection.declareFanout(exchange, boundTo: nil)
                exchanges.insert(exchange)
            }
            do {
                guard try isBound(message.destination, connection) else {
                    finish(held[index], .failure(Self.otherwiseDeclared(message)))
                    continue
                }
                try connection.publish(message, confirmed: isConfirmed)
            } catch {
                held.removeFirst(index)
                throw error
            }
            if isConfirmed { unconfirmed.add(held[index]) } else { posted.add(held[index]) }
            if connection.unwritten > Self.portion { _ = try connection.flush(waiting: true) }
        }
        held.removeFirst(sent)
        try fence(connection)
        return !held.isEmpty && hasRoom
    }

    /// Whether a message's topic has its exchange and queue; false when somebody else has made these otherwise.
    private mutating func isBound(
        _ destination: OutgoingMessage.Destination, _ connection: AMQPConnection
    ) throws(AMQPFailure) -> Bool {
        guard case .topic(let exchange, let queue) = destination, !topics.contains(destination) else { return true }
        do {
            try connection.declareTopic(exchange, queue)
        } catch {
            if error.isFatal { throw error }
            logger.warning(
                "an exchange or queue for notifications cannot be used",
                metadata: ["exchange": "\(exchange)", "queue": "\(queue.name)", "error": "\(error)"])
            return false
        }
        topics.insert(destination)
        return true
    }

    private static func otherwiseDeclared(_ message: OutgoingMessage) -> ServiceError {
        ServiceError(
            .conflict, "The message's exchange or queue was declared otherwise.", detail: "\(message.destination)")
    }

    private var hasRoom: Bool { unconfirmed.count < Self.window && posted.count < Self.window }

    private mutating func fence(_ connection: AMQPConnection) throws(AMQPFailure) {
        if posted.fence(.now) { try connection.fence() }
    }

    /// Adds a message on the caller's thread. Called by whoever holds the connection while its thread sleeps.
    /// - Returns: false when the message has to go through the inbox: it needs more than sending, or others are first.
    mutating func sendAtOnce(
        _ request: PublishRequest, _ connection: AMQPConnection
    ) throws(AMQPFailure) -> Bool {
        guard case .queue = request.message.destination, !isBlocked, held.isEmpty, hasRoom else { return false }
        // Noted first: a message that breaks the connection is sent again like one that was not confirmed.
        let sending = Sending(request: request, sends: 1)
        if request.isConfirmed { unconfirmed.add(sending) } else { posted.add(sending) }
        try connection.publish(request.message, confirmed: request.isConfirmed)
        if !request.isConfirmed { try fence(connection) }
        return true
    }

    private mutating func takeInbox() {
        for item in inbox.take() {
            switch item {
            case .publish(let request): held.append(Sending(request: request))
            case .depth(let queue, let result): depths.append((queue, result))
            }
        }
    }

    mutating func expire(_ now: ContinuousClock.Instant) -> Bool {
        takeInbox()
        let isOver = { (sending: Sending) in sending.request.deadline < now || sending.request.isGivenUp }
        for sending in held where isOver(sending) {
            finish(sending, .failure(ServiceError.brokerUnreachable("the message waited too long")))
        }
        held.removeAll(where: isOver)
        return !held.isEmpty || unconfirmed.count > 0 || posted.count > 0 || !depths.isEmpty
    }

    mutating func stopped() {
        inbox.close()
        takeInbox()
        for sending in posted.endAll() { finish(sending, .success(())) }
        let error = ServiceError.brokerUnreachable("the connection is closed")
        for sending in unconfirmed.endAll() + held { finish(sending, .failure(error)) }
        for (_, result) in depths { result.settle(.failure(error)) }
    }

    private func finish(_ sending: Sending, _ result: Result<Void, any Error>) {
        inbox.release(sending.request)
        sending.request.end(result)
    }
}

extension ServiceError {
    static func brokerUnreachable(_ detail: String) -> ServiceError {
        ServiceError(.unavailable, "The message broker cannot be reached.", detail: detail)
    }
}
