import Core
import FoundationEssentials
import Logging

extension RPCServer {
    /// Handles one message and settles it: a call is answered, also with its error; a cast is done, tried
    /// again or kept among the dead letters.
    nonisolated(nonsending) func handle(_ delivery: Delivery) async {
        if let replyTo = delivery.replyTo {
            await answer(delivery, replyTo)
        } else if delivery.queue.hasPrefix(address.fanout + ".") {
            await take(delivery)
        } else {
            await obey(delivery)
        }
    }

    // MARK: Calls

    private nonisolated(nonsending) func answer(_ delivery: Delivery, _ replyTo: String) async {
        let body: [UInt8]
        var caller: RequestContext?
        do {
            guard let reply = try await run(delivery, &caller) else {
                throw ServiceError(.badRequest, "\(delivery.type) is not a call.")
            }
            body = reply
        } catch is CancellationError {
            // Shutting down: another server may answer in time.
            return delivery.settle(.again)
        } catch {
            log(error, delivery, "call failed", caller: caller)
            guard let failure = encoded(RPCFailure(error)) else { return delivery.settle(.done) }
            body = failure
        }
        reply(
            OutgoingMessage(
                to: .queue(replyTo), id: delivery.id, type: delivery.type, correlationID: delivery.correlationID,
                body: body))
        delivery.settle(.done)
    }

    private func encoded(_ failure: RPCFailure) -> [UInt8]? {
        do {
            return try RPCCoding.encode(failure)
        } catch {
            logger.error("an answer could not be written", metadata: ["error": "\(String(reflecting: error))"])
            return nil
        }
    }

    /// Sends an answer. A caller whose reply queue is away may be reconnecting, so it is given a moment: by tasks
    /// that end with their pause.
    private func reply(_ message: OutgoingMessage, attempt: Int = 1) {
        broker.post(
            message, isWanted: { true }, failed: { [self] error in notReplied(message, error, attempt) })
    }

    private func notReplied(_ message: OutgoingMessage, _ error: any Error, _ attempt: Int) {
        guard let failure = error as? ServiceError, failure.code == .unavailable, attempt < 4 else {
            return logger.warning(
                "an answer could not be sent",
                metadata: ["message": "\(message.type)", "error": "\(String(reflecting: error))"])
        }
        Task {
            do { try await timer.sleep(for: .milliseconds(250 << (attempt - 1))) } catch { return }
            reply(message, attempt: attempt + 1)
        }
    }

    // MARK: Fanouts

    private nonisolated(nonsending) func take(_ delivery: Delivery) async {
        var caller: RequestContext?
        do {
            _ = try await run(delivery, &caller)
        } catch is CancellationError {
            // Advice is not repeated.
        } catch {
            log(error, delivery, "fanout failed", caller: caller)
        }
        delivery.settle(.done)
    }

    // MARK: Casts

    /// Tries in place while a dependency is away: handing the message back would use up its deliveries, which the
    /// broker limits, and an outage of a minute must not make a dead letter of what others wait for.
    private nonisolated(nonsending) func obey(_ delivery: Delivery) async {
        var failures = 0
        var caller: RequestContext?
        while true {
            do {
                _ = try await run(delivery, &caller)
                return delivery.settle(.done)
            } catch is CancellationError {
                return delivery.settle(.again)
            } catch let error as ServiceError where Self.mayPass(error) && failures + 1 < attempts {
                log(error, delivery, "cast failed, will be tried again", failures)
                do {
                    try await timer.sleep(for: Self.pause(after: failures))
                } catch {
                    // Shutting down: the next server tries at once.
                    return delivery.settle(.again)
                }
                failures += 1
            } catch {
                log(error, delivery, "cast failed, kept as a dead letter", failures)
                return await bury(delivery, error)
            }
        }
    }

    /// Whether the same message may be handled later, when a dependency is back.
    private static func mayPass(_ error: ServiceError) -> Bool {
        [.unavailable, .timeout, .rateLimited, .badGateway].contains(error.code)
    }

    /// 100 ms, doubled by each failure, at most 5 s.
    private static func pause(after failures: Int) -> Duration {
        min(.milliseconds(100 << min(failures, 10)), .seconds(5))
    }

    private nonisolated(nonsending) func bury(_ delivery: Delivery, _ reason: any Error) async {
        do {
            try await broker.publish(DeadLetter.message(delivery, reason, id: ids.uuid()))
            delivery.settle(.done)
        } catch {
            log(error, delivery, "dead letter could not be stored")
            delivery.settle(.again)
        }
    }

    // MARK: Both

    /// - Parameter caller: learns who asks, as soon as that is read.
    private nonisolated(nonsending) func run(
        _ delivery: Delivery, _ caller: inout RequestContext?
    ) async throws -> [UInt8]? {
        guard let handler = handlers.handlers[delivery.type] else {
            throw ServiceError(.notImplemented, "\(address.base) does not know the message \(delivery.type).")
        }
        let start = ContinuousClock.now
        do {
            let reply = try await handler(delivery.body) { [clock] context in
                caller = context
                if let deadline = context.deadline, deadline < clock.now() {
                    throw ServiceError(.timeout, "The request's time was over before it was looked at.")
                }
            }
            told(delivery, caller, nil, since: start)
            return reply
        } catch {
            told(delivery, caller, error, since: start)
            throw error
        }
    }

    /// Counts what was handled, and keeps it for the request's story.
    private func told(
        _ delivery: Delivery, _ context: RequestContext?, _ error: (any Error)?, since start: ContinuousClock.Instant
    ) {
        let took = ContinuousClock.now - start
        let end = clock.now()
        afterwards { [address] in
            let outcome = error.map(storyOutcome) ?? "ok"
            RPCMetrics.shared.handled(delivery.type, outcome, took: took)
            guard let context else { return }
            StoryRecorder.shared.record(
                StoryEvent(
                    .handled, context, verb: delivery.replyTo == nil ? "cast" : "call", name: delivery.type,
                    outcome: outcome, endedAt: end, took: took, peer: address.base, detail: error.flatMap(storyDetail)))
        }
    }

    private func log(
        _ error: any Error, _ delivery: Delivery, _ what: Logger.Message, _ failures: Int = 0,
        caller: RequestContext? = nil
    ) {
        // A caller's mistake is the caller's to log.
        let expected = (error as? ServiceError).map { $0.code != .internal } ?? false
        logger.log(
            level: expected && delivery.replyTo != nil ? .debug : .warning, what,
            metadata: [
                "message": "\(delivery.type)",
                "request_id": "\(caller?.requestID ?? delivery.headers[RPCHeader.requestID] ?? "-")",
                "error": "\(String(reflecting: error))", "attempt": "\(delivery.earlierDeliveries + failures + 1)",
            ])
    }
}
