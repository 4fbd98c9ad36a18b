import CRabbitMQ
import Core
import Glibc

/// Owner of one connection to RabbitMQ. Lives on one thread, whose loop makes, uses and closes it.
///
/// - Important: not Sendable; only the number of its socket may be known elsewhere, to shut it down.
final class AMQPConnection {
    private let handle: OpaquePointer
    private let usesTLS: Bool

    init(_ options: MessagingOptions, name: String, confirms: Bool) throws(AMQPFailure) {
        var failure = crmq_error()
        let rpcTimeout = min(options.connectTimeout, options.heartbeat * 2)
        let opened = options.host.withCString { host in
            options.user.withCString { user in
                options.password.reveal().withCString { password in
                    options.virtualHost.withCString { vhost in
                        name.withCString { name in
                            withOptional(options.tlsCA) { ca in
                                withOptional(options.tlsCertificate) { certificate in
                                    withOptional(options.tlsKey) { key in
                                        var c = crmq_options(
                                            host: host, port: Int32(options.port), user: user, password: password,
                                            vhost: vhost, name: name,
                                            heartbeat_seconds: Int32(max(1, options.heartbeat.components.seconds)),
                                            connect_timeout_ms: Int32(options.connectTimeout.wholeMilliseconds),
                                            rpc_timeout_ms: Int32(rpcTimeout.wholeMilliseconds),
                                            tls: options.usesTLS ? 1 : 0, ca: ca, certificate: certificate, key: key,
                                            confirms: confirms ? 1 : 0)
                                        return crmq_open(&c, &failure)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        guard let opened else { throw AMQPFailure(failure) }
        handle = opened
        usesTLS = options.usesTLS
    }

    /// Ends the connection; it may not be used afterwards.
    func close(gracefully: Bool) { crmq_close(handle, gracefully ? 1 : 0) }

    var socket: Int32 { crmq_fd(handle) }

    /// Whether something waits to be read that the socket would not show.
    var hasBuffered: Bool { crmq_has_buffered(handle) != 0 }

    /// Whether reading may find what would not end a sleep: TLS keeps to itself what it has decrypted.
    var mayHaveMore: Bool { usesTLS || hasBuffered }

    /// The next thing that arrived, nil for nothing now. Also sends heartbeats and notices a dead peer.
    func next() throws(AMQPFailure) -> AMQPEvent? {
        while true {
            var event = crmq_event()
            var failure = crmq_error()
            let found = crmq_next(handle, &event, &failure)
            if found < 0 { throw AMQPFailure(failure) }
            if found == 0 { return nil }
            if event.kind == CRMQ_CHANNEL_CLOSED {
                throw AMQPFailure(code: Int(event.code), text: String(cString: event.text), isFatal: true)
            }
            if let event = AMQPEvent(event) { return event }
        }
    }

    // MARK: Publishing

    /// Adds a message to what `flush` writes.
    /// - Parameter confirmed: whether the broker confirms it; if not, a fence may ask about all of them.
    func publish(_ message: OutgoingMessage, confirmed: Bool) throws(AMQPFailure) {
        let isConfirmed: Int32 = confirmed ? 1 : 0
        switch message.destination {
        case .queue(let name): name.withCString { crmq_begin(handle, "", $0, 1, 0, isConfirmed) }
        case .durableQueue(let spec): spec.name.withCString { crmq_begin(handle, "", $0, 1, 1, isConfirmed) }
        case .fanout(let exchange): crmq_begin(handle, exchange, "", 0, 0, isConfirmed)
        case .topic(let exchange, let queue):
            let isPersistent = queue.kind == .notifications(isDurable: true)
            crmq_begin(handle, exchange, queue.name, 1, isPersistent ? 1 : 0, isConfirmed)
        }
        for (name, value) in message.headers { crmq_add_header(handle, name, value) }
        if let id = message.correlationID { add(CRMQ_CORRELATION_ID, id) }
        if let queue = message.replyTo { add(CRMQ_REPLY_TO, queue) }
        if let time = message.timeToLive { add(CRMQ_EXPIRATION, String(time.wholeMilliseconds)) }
        add(CRMQ_MESSAGE_ID, message.id)
        add(CRMQ_TYPE, message.type)
        try call { failure in
            message.body.withUnsafeBufferPointer { crmq_end(handle, $0.baseAddress, $0.count, &failure) }
        }
    }

    /// Lent as it is: a text given to C by itself is copied first.
    private func add(_ property: crmq_field, _ text: String) { text.withCString { crmq_add(handle, property, $0) } }

    // MARK: Writing

    /// Whether a message may be written by a thread that must not wait: nothing is left of earlier ones, and no TLS
    /// session may ask for more than the socket's room.
    var mayWriteAtOnce: Bool { !usesTLS && unwritten == 0 }

    /// Bytes that were added and not written.
    var unwritten: Int { crmq_unwritten(handle) }

    /// Writes what was added: published, acknowledged, fenced.
    /// - Parameter waiting: whether to wait for the broker to read, when the socket is full.
    /// - Returns: whether all was written; the rest goes before anything else that uses the connection.
    func flush(waiting: Bool) throws(AMQPFailure) -> Bool {
        var failure = crmq_error()
        let result = crmq_flush(handle, waiting ? 1 : 0, &failure)
        if result < 0 { throw AMQPFailure(failure) }
        return result == 0
    }

    /// Adds a question to the broker, to tell when it has looked at all that was published unconfirmed before.
    func fence() throws(AMQPFailure) { try call { crmq_fence(handle, &$0) } }

    // MARK: Declaring

    func declare(_ spec: QueueSpec, deliveryLimit: Int) throws(AMQPFailure) {
        var flags = 0
        var queue = crmq_queue()
        switch spec.kind {
        case .durable:
            flags = CRMQ_DURABLE | CRMQ_QUORUM
            queue.delivery_limit = Int64(deliveryLimit)
        case .deadLetters:
            flags = CRMQ_DURABLE | CRMQ_QUORUM
            queue.max_length = 100_000
        case .transient:
            flags = CRMQ_AUTO_DELETE
        case .exclusive:
            flags = CRMQ_EXCLUSIVE | CRMQ_AUTO_DELETE
        case .replies:
            queue.expires_ms = 300_000
        case .notifications(let isDurable):
            flags = isDurable ? CRMQ_DURABLE : 0
        }
        queue.flags = Int32(flags)
        var failure = crmq_error()
        let result = spec.name.withCString { name in
            QueueSpec.deadLetters.name.withCString { deadLetters in
                queue.name = name
                queue.dead_letter_queue = spec.kind == .durable ? deadLetters : nil
                return crmq_declare_queue(handle, &queue, nil, &failure)
            }
        }
        if result != 0 { throw AMQPFailure(failure) }
        if let exchange = spec.exchange { try declareFanout(exchange, boundTo: spec.name) }
    }

    /// Makes sure that what is published to the exchange by the queue's name reaches that queue.
    func declareTopic(_ exchange: String, _ queue: QueueSpec) throws(AMQPFailure) {
        try declare(queue, deliveryLimit: 0)
        let isDurable = queue.kind == .notifications(isDurable: true)
        var failure = crmq_error()
        if crmq_bind_topic(handle, exchange, queue.name, isDurable ? 1 : 0, &failure) != 0 {
            throw AMQPFailure(failure)
        }
    }

    func declareFanout(_ exchange: String, boundTo queue: String?) throws(AMQPFailure) {
        var failure = crmq_error()
        let result = withOptional(queue) { crmq_bind_fanout(handle, exchange, $0, &failure) }
        if result != 0 { throw AMQPFailure(failure) }
    }

    /// The messages waiting in a queue; 0 when it is not there.
    func depth(of queue: String) throws(AMQPFailure) -> Int {
        var count: UInt32 = 0
        do {
            try call { crmq_inspect_queue(handle, queue, &count, &$0) }
        } catch  where error.code == AMQPFailure.notFound && !error.isFatal {
            return 0
        }
        return Int(count)
    }

    /// A queue's messages and consumers; nil when it is not there.
    func facts(of queue: String) throws(AMQPFailure) -> (messages: Int, consumers: Int)? {
        var messages: UInt32 = 0
        var consumers: UInt32 = 0
        do {
            try call { crmq_queue_facts(handle, queue, &messages, &consumers, &$0) }
        } catch  where error.code == AMQPFailure.notFound && !error.isFatal {
            return nil
        }
        return (Int(messages), Int(consumers))
    }

    /// The broker's version, as it tells it; empty when it does not.
    var serverVersion: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            crmq_server_version(handle, start, buffer.count)
            return String(cString: start)
        }
    }

    // MARK: Consuming

    func consume(_ queue: String, tag: String, prefetch: Int) throws(AMQPFailure) {
        try call { crmq_consume(handle, queue, tag, Int32(clamping: prefetch), &$0) }
    }

    func cancel(_ tag: String) throws(AMQPFailure) { try call { crmq_cancel(handle, tag, &$0) } }

    /// Added to what `flush` writes.
    /// - Parameter multiple: all lower numbers that are not acknowledged yet as well.
    func acknowledge(_ tag: UInt64, multiple: Bool) throws(AMQPFailure) {
        try call { crmq_ack(handle, tag, multiple ? 1 : 0, &$0) }
    }

    func requeue(_ tag: UInt64) throws(AMQPFailure) { try call { crmq_requeue(handle, tag, &$0) } }

    private func call(_ body: (inout crmq_error) -> Int32) throws(AMQPFailure) {
        var failure = crmq_error()
        if body(&failure) != 0 { throw AMQPFailure(failure) }
    }
}

/// Lends a text as a C string, or NULL for nil.
private func withOptional<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}

extension AMQPFailure {
    fileprivate init(_ error: crmq_error) {
        var copy = error.text
        let text = withUnsafeBytes(of: &copy) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(code: Int(error.code), text: text, isFatal: error.fatal != 0)
    }
}

extension AMQPEvent {
    /// Copies an event out of the library's memory; nil for one that nobody cares about.
    fileprivate init?(_ event: crmq_event) {
        switch event.kind {
        case CRMQ_DELIVERY: self = .delivery(AMQPIncoming(event))
        case CRMQ_RETURN: self = .returned(messageID: text(event.message_id) ?? "", code: Int(event.code))
        case CRMQ_ACK: self = .confirmed(tag: event.tag, multiple: event.multiple != 0)
        case CRMQ_NACK: self = .refused(tag: event.tag, multiple: event.multiple != 0)
        case CRMQ_CANCEL: self = .cancelled(consumer: text(event.text) ?? "")
        case CRMQ_BLOCKED: self = .blocked(reason: text(event.text) ?? "")
        case CRMQ_UNBLOCKED: self = .unblocked
        case CRMQ_FENCED: self = .fenced
        default: return nil
        }
    }
}

extension AMQPIncoming {
    fileprivate init(_ event: crmq_event) {
        consumer = text(event.text) ?? ""
        tag = event.tag
        id = text(event.message_id) ?? ""
        type = text(event.type) ?? ""
        // A call's two ids are one.
        correlationID = same(event.correlation_id, event.message_id) ? id : text(event.correlation_id)
        replyTo = text(event.reply_to)
        headers = [:]
        for header in UnsafeBufferPointer(start: event.headers, count: event.header_count) {
            if let name = text(header.name), let value = text(header.value) { headers[name] = value }
        }
        body = Array(UnsafeBufferPointer(start: event.body, count: event.body_length))
        // Classic queues do not count; they only say that it is not the first time.
        earlierDeliveries = event.delivery_count >= 0 ? Int(event.delivery_count) : event.redelivered != 0 ? 1 : 0
    }
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }

private func same(_ one: UnsafePointer<CChar>?, _ other: UnsafePointer<CChar>?) -> Bool {
    guard let one, let other else { return false }
    return strcmp(one, other) == 0
}
