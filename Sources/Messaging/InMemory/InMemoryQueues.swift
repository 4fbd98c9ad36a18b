/// The queues, exchanges and consumers of an in-memory broker, as a value.
///
/// Mutating methods return the deliveries to be made; the broker makes them outside its lock.
struct InMemoryQueues {
    struct Message {
        var outgoing: OutgoingMessage
        var earlierDeliveries = 0
    }

    struct Consumer {
        let id: Int
        let prefetch: Int
        let receive: @Sendable (Delivery) -> Void
        var unsettled: [Int: Message] = [:]
    }

    struct Queue {
        let spec: QueueSpec
        var waiting: [Message] = []
        var consumers: [Consumer] = []
        /// Whose turn it is.
        var next = 0
    }

    /// A message handed to a consumer.
    struct Handover {
        let queue: String
        let consumer: Int
        let tag: Int
        let message: Message
        let receive: @Sendable (Delivery) -> Void
    }

    private(set) var queues: [String: Queue] = [:]
    /// Names of the queues bound to each fanout exchange.
    private var bindings: [String: Set<String>] = [:]
    private var lastID = 0

    // MARK: Queues

    mutating func declare(_ spec: QueueSpec) {
        if queues[spec.name] == nil { queues[spec.name] = Queue(spec: spec) }
        if let exchange = spec.exchange { bindings[exchange, default: []].insert(spec.name) }
    }

    private mutating func remove(_ name: String) {
        guard let queue = queues.removeValue(forKey: name) else { return }
        if let exchange = queue.spec.exchange { bindings[exchange]?.remove(name) }
    }

    mutating func addConsumer(
        to spec: QueueSpec, prefetch: Int, _ receive: @escaping @Sendable (Delivery) -> Void
    ) -> Int {
        declare(spec)
        lastID += 1
        queues[spec.name]?.consumers.append(Consumer(id: lastID, prefetch: prefetch, receive: receive))
        return lastID
    }

    /// Stops handing out to a consumer. What it holds is still its own to settle, so it stays listed
    /// until it has done so.
    mutating func cancelConsumer(_ id: Int, of name: String) {
        guard var queue = queues[name] else { return }
        queue.consumers = queue.consumers.compactMap { consumer in
            guard consumer.id == id else { return consumer }
            return consumer.unsettled.isEmpty
                ? nil
                : Consumer(id: id, prefetch: 0, receive: consumer.receive, unsettled: consumer.unsettled)
        }
        queues[name] = queue
        removeIfUnused(name)
    }

    private mutating func removeIfUnused(_ name: String) {
        guard let queue = queues[name], queue.consumers.allSatisfy({ $0.prefetch == 0 }) else { return }
        switch queue.spec.kind {
        case .transient, .exclusive: remove(name)
        case .durable, .replies, .deadLetters, .notifications: break
        }
    }

    // MARK: Messages

    /// Routes a message; false when it had to reach a queue and there is none.
    mutating func publish(_ outgoing: OutgoingMessage) -> Bool {
        switch outgoing.destination {
        case .queue(let name):
            guard queues[name] != nil else { return false }
            queues[name]?.waiting.append(Message(outgoing: outgoing))
        case .durableQueue(let spec):
            declare(spec)
            queues[spec.name]?.waiting.append(Message(outgoing: outgoing))
        case .topic(_, let spec):
            declare(spec)
            queues[spec.name]?.waiting.append(Message(outgoing: outgoing))
        case .fanout(let exchange):
            for name in bindings[exchange] ?? [] { queues[name]?.waiting.append(Message(outgoing: outgoing)) }
        }
        return true
    }

    /// Hands out what waits and has a consumer with room for it, the consumers by turns.
    mutating func handOut() -> [Handover] {
        var handovers: [Handover] = []
        for name in Array(queues.keys) {
            guard var queue = queues[name], !queue.waiting.isEmpty else { continue }
            while !queue.waiting.isEmpty, let index = queue.indexWithRoom() {
                lastID += 1
                let message = queue.waiting.removeFirst()
                queue.consumers[index].unsettled[lastID] = message
                queue.next = index + 1
                handovers.append(
                    Handover(
                        queue: name, consumer: queue.consumers[index].id, tag: lastID, message: message,
                        receive: queue.consumers[index].receive))
            }
            queues[name] = queue
        }
        return handovers
    }

    mutating func settle(_ handover: Handover, _ settlement: Delivery.Settlement) {
        guard var queue = queues[handover.queue],
            let index = queue.consumers.firstIndex(where: { $0.id == handover.consumer }),
            var message = queue.consumers[index].unsettled.removeValue(forKey: handover.tag)
        else { return }
        if queue.consumers[index].prefetch == 0, queue.consumers[index].unsettled.isEmpty {
            queue.consumers.remove(at: index)
        }
        if settlement == .again {
            message.earlierDeliveries += 1
            queue.waiting.insert(message, at: 0)
        }
        queues[handover.queue] = queue
    }

    /// What a restart of the broker does: only durable queues keep their messages, what was handed out is
    /// handed out again, and consumers come back.
    mutating func restart() {
        for (name, queue) in queues {
            var after = queue
            let kept = [.durable, .deadLetters, .notifications(isDurable: true)].contains(queue.spec.kind)
            let held = queue.consumers.flatMap { $0.unsettled.sorted { $0.key < $1.key } }.map { entry in
                Message(outgoing: entry.value.outgoing, earlierDeliveries: entry.value.earlierDeliveries + 1)
            }
            after.waiting = kept ? held + queue.waiting : []
            // Tags are never used twice, so settling what was handed out before the restart finds nothing.
            after.consumers = queue.consumers.filter { $0.prefetch > 0 }.map { consumer in
                Consumer(id: consumer.id, prefetch: consumer.prefetch, receive: consumer.receive)
            }
            queues[name] = after
        }
    }
}

extension InMemoryQueues.Queue {
    /// The next consumer, by turns, that may be handed another message.
    fileprivate func indexWithRoom() -> Int? {
        guard !consumers.isEmpty else { return nil }
        for offset in consumers.indices {
            let index = (next + offset) % consumers.count
            if consumers[index].unsettled.count < consumers[index].prefetch { return index }
        }
        return nil
    }
}
