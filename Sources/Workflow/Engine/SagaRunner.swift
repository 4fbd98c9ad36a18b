import Core
import FoundationEssentials
import Logging

/// Takes one claimed saga as far as it goes: to its end, to a wait, or to a pause.
struct SagaRunner<Environment: Sendable>: Sendable {
    let engine: SagaEngine<Environment>
    let definition: AnySaga<Environment>
    var saga: ClaimedSaga

    private enum Next { case goOn, putDown }

    /// - Throws: when the database cannot be written; the lease then lapses and another goes on.
    mutating func run() async throws {
        while try await step() == .goOn { try Task.checkCancellation() }
    }

    private mutating func step() async throws -> Next {
        switch saga.phase {
        case .running where saga.step >= definition.steps.count:
            return try await store(.init(status: .succeeded, step: saga.step, stepName: "", keepsOwner: false), nil)
        case .running: return saga.wasParked ? try await resume() : try await forward()
        case .undoing where saga.step < 0:
            return try await store(
                .init(status: .failed, step: 0, stepName: "", failure: saga.failure, keepsOwner: false), nil)
        case .undoing: return try await backward()
        }
    }

    // MARK: Forward

    private mutating func forward() async throws -> Next {
        let step = definition.steps[saga.step]
        let start = engine.clock.now()
        let result = await step.run(saga.state, engine.environment, facts())
        try Task.checkCancellation()
        saga.state = result.state
        if let error = result.error { return try await failed(step, "run", error, start) }
        guard let wait = step.wait else { return try await advance(step, "run", start) }
        let deadline = engine.clock.now().addingTimeInterval(wait.seconds)
        return try await store(
            .init(
                status: .parked, step: saga.step, stepName: step.name, dueAt: deadline, deadline: deadline,
                waitingFor: "a report for \(step.name)", keepsOwner: false, isParking: true, isSameStep: true),
            line(step, "run", "parked", start))
    }

    /// A parked step: its report has come, or its time is over.
    private mutating func resume() async throws -> Next {
        let step = definition.steps[saga.step]
        let start = engine.clock.now()
        saga.wasParked = false
        guard saga.reportStep == step.name else {
            let error = ServiceError(
                .timeout, "The operation did not finish in time.", detail: "no report for step \(step.name)")
            return try await failed(step, "finish", error, start)
        }
        if let failure = saga.reportFailure { return try await fail(step, "finish", failure, start) }
        if let finish = step.finish {
            let result = await finish(saga.state, engine.environment, facts())
            try Task.checkCancellation()
            saga.state = result.state
            if let error = result.error {
                // Stays parked with its report, so that only `finish` runs again.
                saga.wasParked = true
                return try await failed(step, "finish", error, start)
            }
        }
        return try await advance(step, "finish", start)
    }

    private mutating func advance(
        _ step: AnySaga<Environment>.Step, _ phase: String, _ start: Date
    ) async throws -> Next {
        let done = line(step, phase, "done", start)
        saga.step += 1
        saga.attempt = 0
        saga.wasParked = false
        if saga.step >= definition.steps.count {
            return try await store(.init(status: .succeeded, step: saga.step, stepName: "", keepsOwner: false), done)
        }
        return try await store(
            .init(
                status: .running, step: saga.step, stepName: definition.steps[saga.step].name, dueAt: leaseEnd,
                keepsOwner: true, clearsReport: true),
            done)
    }

    /// A step threw: try it again later, or begin to undo.
    private mutating func failed(
        _ step: AnySaga<Environment>.Step, _ phase: String, _ error: any Error, _ start: Date
    ) async throws -> Next {
        if let retry = error as? SagaRetry {
            return try await pause(step, phase, pause(of: retry), retry.reason, start)
        }
        if isOutage(error), engine.clock.now() < outageEnd {
            return try await waitOut(step, phase, error, start)
        }
        return try await fail(step, phase, SagaFailure(step: step.name, error), start)
    }

    /// Until when an outage is waited for: since the first try that met it. What the step did before, such as waiting for
    /// its turn, is no part of it.
    private var outageEnd: Date {
        // Before the first try, what is parked has the end of its wait there.
        if saga.attempt > 0, let known = saga.deadline { return known }
        return engine.clock.now().addingTimeInterval(engine.limits.patience.seconds)
    }

    /// Those that grow are spread, so that what waits for one thing does not ask for it all at once.
    private func pause(of retry: SagaRetry) -> Duration {
        guard retry.isGrowing else { return retry.after }
        let grown = retry.after * (1 << min(max(saga.attempt, 0), 10))
        return min(grown, retry.longest) * Double.random(in: 0.75...1)
    }

    /// Tries again soon after a dependency may have come back. Such tries are not counted among the failures.
    private mutating func waitOut(
        _ step: AnySaga<Environment>.Step, _ phase: String, _ error: any Error, _ start: Date
    ) async throws -> Next {
        let after = min(backoff(saga.attempt), engine.limits.longestOutagePause)
        return try await pause(
            step, phase, after, String(reflecting: error), start, attempt: max(saga.attempt, min(saga.attempt + 1, 4)),
            isOutage: true)
    }

    private mutating func pause(
        _ step: AnySaga<Environment>.Step, _ phase: String, _ after: Duration, _ reason: String, _ start: Date,
        attempt: Int? = nil, isOutage: Bool = false
    ) async throws -> Next {
        let due = engine.clock.now().addingTimeInterval(after.seconds)
        let status: SagaRecord.Status = saga.phase == .undoing ? .undoing : saga.wasParked ? .parked : .running
        let deadline = isOutage && saga.phase == .running ? outageEnd : nil
        return try await store(
            .init(
                status: status, step: saga.step, stepName: step.name, attempt: attempt ?? saga.attempt + 1,
                dueAt: due, deadline: deadline, waitingFor: String(reason.prefix(250)),
                failure: saga.failure, keepsOwner: false, isSameStep: true),
            line(step, phase, "retry", start, reason))
    }

    private mutating func fail(
        _ step: AnySaga<Environment>.Step, _ phase: String, _ failure: SagaFailure, _ start: Date
    ) async throws -> Next {
        engine.logger.error(
            "saga step failed; undoing",
            metadata: [
                "saga": "\(saga.id)", "name": "\(saga.name)", "subject": "\(saga.subject)", "step": "\(step.name)",
                "error": "\(failure.message)", "detail": "\(failure.detail ?? "")",
                "request_id": "\(saga.context.requestID)",
            ])
        let failedLine = line(step, phase, "failed", start, failure.detail ?? failure.message)
        saga.failure = failure
        saga.phase = .undoing
        saga.attempt = 0
        saga.wasParked = false
        return try await store(
            .init(
                status: .undoing, step: saga.step, stepName: step.name, dueAt: leaseEnd, failure: failure,
                keepsOwner: true),
            failedLine)
    }

    // MARK: Backward

    private mutating func backward() async throws -> Next {
        let step = definition.steps[saga.step]
        let start = engine.clock.now()
        if let undo = step.undo {
            let result = await undo(saga.state, engine.environment, facts())
            try Task.checkCancellation()
            saga.state = result.state
            if let error = result.error { return try await undoFailed(step, error, start) }
        }
        let done = step.undo == nil ? nil : line(step, "undo", "done", start)
        saga.step -= 1
        saga.attempt = 0
        if saga.step < 0 {
            return try await store(
                .init(status: .failed, step: 0, stepName: "", failure: saga.failure, keepsOwner: false), done)
        }
        return try await store(
            .init(
                status: .undoing, step: saga.step, stepName: definition.steps[saga.step].name, dueAt: leaseEnd,
                failure: saga.failure, keepsOwner: true),
            done)
    }

    private mutating func undoFailed(
        _ step: AnySaga<Environment>.Step, _ error: any Error, _ start: Date
    ) async throws -> Next {
        if let retry = error as? SagaRetry {
            return try await pause(step, "undo", pause(of: retry), retry.reason, start)
        }
        if isOutage(error) { return try await waitOut(step, "undo", error, start) }
        let reason = String(reflecting: error)
        if saga.attempt + 1 < engine.limits.undoAttempts {
            return try await pause(step, "undo", backoff(saga.attempt), reason, start)
        }
        engine.logger.critical(
            "saga is stuck: an undo keeps failing",
            metadata: [
                "saga": "\(saga.id)", "name": "\(saga.name)", "subject": "\(saga.subject)", "step": "\(step.name)",
                "error": "\(reason)",
            ])
        return try await store(
            .init(
                status: .stuck, step: saga.step, stepName: step.name, attempt: saga.attempt + 1,
                waitingFor: String(reason.prefix(250)), failure: saga.failure, keepsOwner: false, isSameStep: true),
            line(step, "undo", "failed", start, reason))
    }

    // MARK: Parts

    private func facts() -> SagaRun {
        SagaRun(
            id: saga.id, generation: saga.generation, context: saga.context, report: saga.report,
            failure: saga.failure, attempt: saga.attempt)
    }

    private var leaseEnd: Date { engine.clock.now().addingTimeInterval(engine.limits.lease.seconds) }

    /// Whether a step failed only because something it needs cannot be reached now.
    private func isOutage(_ error: any Error) -> Bool {
        [.unavailable, .rateLimited].contains((error as? ServiceError)?.code)
    }

    /// 0.5, 1, 2 … seconds, up to the longest pause.
    private func backoff(_ attempt: Int) -> Duration {
        min(.milliseconds(500 << min(attempt, 16)), engine.limits.longestPause)
    }

    private func line(
        _ step: AnySaga<Environment>.Step, _ phase: String, _ outcome: String, _ start: Date, _ error: String? = nil
    ) -> SagaStore.JournalLine {
        .init(step: step.name, phase: phase, outcome: outcome, attempt: saga.attempt, startedAt: start, error: error)
    }

    /// Stores; goes on only with the saga still ours and with something to do.
    private func store(_ outcome: SagaStore.Outcome, _ line: SagaStore.JournalLine?) async throws -> Next {
        let isOurs = try await engine.store.record(saga, outcome, line, now: engine.clock.now())
        tell(isOurs, outcome, line)
        return isOurs && outcome.keepsOwner ? .goOn : .putDown
    }

    /// Keeps what became of a step for the story of the request that began the saga.
    private func tell(_ isOurs: Bool, _ outcome: SagaStore.Outcome, _ line: SagaStore.JournalLine?) {
        let now = engine.clock.now()
        func tell(_ verb: String, _ step: String, _ what: String, since: Date, _ detail: String? = nil) {
            StoryRecorder.shared.record(
                StoryEvent(
                    .step, saga.context, verb: verb, name: step, outcome: what, endedAt: now,
                    took: .microseconds(max(0, now.microsecondsSince1970 - since.microsecondsSince1970)),
                    peer: saga.name, saga: saga.id, ids: [saga.subject], detail: detail))
        }
        guard isOurs else {
            return tell("lost", line?.step ?? outcome.stepName, "lease lost", since: now)
        }
        // The journal's error has private detail; a story has the public message.
        if let line {
            tell(
                line.phase, line.step, line.outcome, since: line.startedAt,
                line.error == nil ? nil : publicReason(outcome))
        }
        if outcome.status.isOver || outcome.status == .stuck {
            tell("end", "", outcome.status.rawValue, since: now, outcome.failure?.message)
        }
    }

    private func publicReason(_ outcome: SagaStore.Outcome) -> String? {
        outcome.status == .undoing ? outcome.failure?.message : outcome.waitingFor
    }
}
