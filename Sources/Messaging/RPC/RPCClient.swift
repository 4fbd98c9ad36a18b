public import Core
import FoundationEssentials

/// Sends messages to other daemons.
public final class RPCClient: Sendable {
    private let broker: any MessageBroker
    private let ids: IDGenerator
    private let clock: WallClock
    private let timer: any Clock<Duration>
    private let pending: PendingReplies
    private let replies: ReplyQueue

    /// - Parameter timer: measures how long callers wait; tests may supply their own.
    public init(
        _ broker: any MessageBroker, ids: IDGenerator = .random, clock: WallClock = .system,
        timer: any Clock<Duration> = ContinuousClock()
    ) {
        self.broker = broker
        self.ids = ids
        self.clock = clock
        self.timer = timer
        self.pending = PendingReplies(timer: timer)
        self.replies = ReplyQueue(broker, unique: ids.uuid(), pending: pending)
    }

    /// Asks one server of the topic, or the named instance, and waits for its answer.
    ///
    /// - Throws: the `ServiceError` that the handler threw, with its code and messages; `.unavailable`
    ///   when no server listens; `.timeout` when none answered in time, in which case the work may or
    ///   may not have been done.
    public func call<Call: RPCCall>(
        _ message: Call, at instance: String? = nil, _ context: RequestContext, timeout: Duration? = nil
    ) async throws -> Call.Reply {
        try await telling(Call.self, "call", to: RPCAddress(topic: Call.Destination.name, instance: instance), context)
        {
            try await ask(message, at: instance, context, timeout)
        }
    }

    private nonisolated(nonsending) func ask<Call: RPCCall>(
        _ message: Call, at instance: String?, _ context: RequestContext, _ timeout: Duration?
    ) async throws -> Call.Reply {
        let limit = try remaining(timeout ?? Call.timeout, context)
        var context = context
        context.deadline = clock.now().addingTimeInterval(limit.seconds)
        let address = RPCAddress(topic: Call.Destination.name, instance: instance)
        let id = ids.uuid()
        let body = try RPCCoding.encode(context, message)
        let delivery: Delivery
        do {
            // Opened first, so that the time to find the answers' queue counts.
            let call = pending.open(id, limit: limit)
            let outgoing = OutgoingMessage(
                to: .queue(address.calls.name), id: id, type: Call.name, correlationID: id,
                replyTo: try await replyQueue(limit, id), timeToLive: limit, body: body)
            // The answer confirms it.
            broker.post(
                outgoing, isWanted: { [pending] in pending.isOpen(id) },
                failed: { [pending] error in pending.fail(id, error) })
            delivery = try await pending.wait(for: call)
        } catch is PendingReplies.TimedOut {
            throw ServiceError(
                .timeout, "\(address.base) did not answer in time.", detail: "\(Call.name) after \(limit)")
        }
        return try RPCCoding.decode(reply: Call.Reply.self, from: delivery.body, of: "\(Call.name) of \(address.base)")
    }

    private func replyQueue(_ limit: Duration, _ id: String) async throws -> String {
        if let name = replies.knownName { return name }
        do {
            return try await withTimeLimit(limit, timer) { [replies] in
                try await replies.name()
            } onTimeout: {
                PendingReplies.TimedOut()
            }
        } catch {
            pending.close(id)
            throw error
        }
    }

    /// Sends a command to one server of the topic, or to the named instance, and returns once the broker
    /// has stored it. It outlives the request that caused it, so the context's deadline is left out.
    public func cast<Cast: RPCCast>(
        _ message: Cast, at instance: String? = nil, _ context: RequestContext
    ) async throws {
        let address = RPCAddress(topic: Cast.Destination.name, instance: instance)
        try await telling(Cast.self, "cast", to: address, context) {
            try await send(message, to: .durableQueue(address.casts), context)
        }
    }

    /// Tells every live server of the topic; those that are not there never learn of it.
    public func fanout<Fanout: RPCFanout>(_ message: Fanout, _ context: RequestContext) async throws {
        let address = RPCAddress(topic: Fanout.Destination.name, instance: nil)
        try await telling(Fanout.self, "fanout", to: address, context) {
            try await send(message, to: .fanout(address.fanout), context)
        }
    }

    /// Does the same without waiting for the broker, which may be away: for advice about what is found without it
    /// too. It is not worth sending after a while.
    /// - Parameter failed: called, from any thread and at most once, when it could not be sent.
    public func advise<Fanout: RPCFanout>(
        _ message: Fanout, _ context: RequestContext, _ failed: @escaping @Sendable (any Error) -> Void
    ) async throws {
        let address = RPCAddress(topic: Fanout.Destination.name, instance: nil)
        try await telling(Fanout.self, "fanout", to: address, context) {
            var advice = try outgoing(message, to: .fanout(address.fanout), context)
            advice.timeToLive = .seconds(10)
            broker.post(advice, isWanted: { true }, failed: failed)
        }
    }

    private func send<Message: RPCMessage>(
        _ message: Message, to destination: OutgoingMessage.Destination, _ context: RequestContext
    ) async throws {
        try await broker.publish(outgoing(message, to: destination, context))
    }

    private func outgoing<Message: RPCMessage>(
        _ message: Message, to destination: OutgoingMessage.Destination, _ context: RequestContext
    ) throws -> OutgoingMessage {
        var context = context
        context.deadline = nil
        let body = try RPCCoding.encode(context, message)
        return OutgoingMessage(
            to: destination, id: ids.uuid(), type: Message.name, headers: headers(Message.self, context), body: body)
    }

    /// Counts what `body` sends, and keeps it for the request's story.
    private nonisolated(nonsending) func telling<Message: RPCMessage, Value>(
        _: Message.Type, _ kind: String, to address: RPCAddress, _ context: RequestContext,
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        RequestCost.current?.countCall("\(kind) \(Message.name)")
        let start = ContinuousClock.now
        func tell(_ error: (any Error)?) {
            let took = ContinuousClock.now - start
            let end = clock.now()
            afterwards {
                let outcome = error.map(storyOutcome) ?? "ok"
                RPCMetrics.shared.sent(Message.name, kind, outcome)
                StoryRecorder.shared.record(
                    StoryEvent(
                        .sent, context, verb: kind, name: Message.name, outcome: outcome, endedAt: end, took: took,
                        peer: address.base, detail: error.flatMap(storyDetail)))
            }
        }
        do {
            let value = try await body()
            tell(nil)
            return value
        } catch {
            tell(error)
            throw error
        }
    }

    /// Beside what is stored, for those who look at a queue. A call has its context inside and is gone at once.
    private func headers<Message: RPCMessage>(_: Message.Type, _ context: RequestContext) -> [String: String] {
        var headers = [RPCHeader.version: Message.since.description, RPCHeader.requestID: context.requestID]
        headers[RPCHeader.traceparent] = context.traceparent
        return headers
    }

    /// The time a call may take: its own, or what the caller's deadline leaves of it.
    private func remaining(_ timeout: Duration, _ context: RequestContext) throws -> Duration {
        guard let deadline = context.deadline else { return timeout }
        let left = Duration.seconds(deadline.timeIntervalSince(clock.now()))
        guard left > .zero else { throw ServiceError(.timeout, "The request's time is over.") }
        return min(timeout, left)
    }
}

/// Names of the headers beside a message's body, for those who look at a queue.
enum RPCHeader {
    static let version = "apus-version"
    static let requestID = "apus-request-id"
    static let traceparent = "traceparent"
}
