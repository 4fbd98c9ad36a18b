/// The broker's names for a topic's queues. All naming is here, so that client and server agree.
struct RPCAddress: Sendable, Hashable {
    let topic: String
    let instance: String?

    /// `conductor`, or `compute.HOST`.
    var base: String { instance.map { topic + "." + $0 } ?? topic }

    /// Durable: what is cast survives a restart of the broker and of every server.
    var casts: QueueSpec { .durable(base) }

    /// Gone with its last server, so that a call nobody would answer fails at once.
    var calls: QueueSpec { .transient(base + ".calls") }

    /// The exchange that copies a message to every live server of the topic.
    var fanout: String { "\(topic).fanout" }

    /// One server's own queue behind the fanout exchange.
    func fanoutQueue(unique: String) -> QueueSpec { .exclusive("\(fanout).\(unique)", boundTo: fanout) }

    /// One process's queue for the answers to its calls.
    static func replies(unique: String) -> QueueSpec { .replies("replies.\(unique)") }
}
