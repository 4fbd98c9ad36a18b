import CTasks
import Core

/// The calls of this process that wait for an answer, each for a limited time.
///
/// One sleeping task serves them all: a sleep for each would stay with the system for the call's whole limit, long
/// after its answer.
final class PendingReplies: Sendable {
    /// No answer came in time.
    struct TimedOut: Error {}

    /// A call that waits. Its state is the table's: used under that one's lock only.
    final class Call: @unchecked Sendable {
        fileprivate enum State {
            /// Sent, and nobody is suspended on it yet.
            case open
            /// Resumed by whoever takes the call out of the table.
            case waiting(UnsafeContinuation<Delivery, any Error>)
            /// Settled before its caller got to wait.
            case settled(Result<Delivery, any Error>)
        }

        let id: String
        fileprivate let deadline: Duration
        fileprivate var state = State.open

        fileprivate init(_ id: String, deadline: Duration) {
            self.id = id
            self.deadline = deadline
        }
    }

    private struct Table {
        /// Those that are not settled.
        var calls: [String: Call] = [:]
        /// When the sleeping task looks next.
        var nextLook: Duration?
    }

    private let table = Locked(Table())
    private let time: ElapsedTime

    init(timer: any Clock<Duration> = ContinuousClock()) { time = ElapsedTime(timer) }

    /// Makes room for an answer that comes within `limit`; the call may be sent after this.
    func open(_ id: String, limit: Duration) -> Call {
        let call = Call(id, deadline: time.now() + limit)
        let isEarliest = table.withLock { table in
            table.calls[id] = call
            if let next = table.nextLook, next <= call.deadline { return false }
            table.nextLook = call.deadline
            return true
        }
        if isEarliest { look(at: call.deadline, after: limit) }
        return call
    }

    /// Whether an answer is still waited for.
    func isOpen(_ id: String) -> Bool { table.withLock { $0.calls[id] != nil } }

    /// Forgets a call.
    func close(_ id: String) { settle(id, .failure(CancellationError())) }

    /// Waits for the answer to an open call, once; cancellation ends the wait.
    /// - Throws: `TimedOut`, or what `fail` was given.
    nonisolated(nonsending) func wait(for call: Call) async throws -> Delivery {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                let settled: Result<Delivery, any Error>? = table.withLock { _ in
                    switch call.state {
                    case .open:
                        call.state = .waiting(continuation)
                        return nil
                    case .settled(let result):
                        return result
                    case .waiting:
                        return .failure(CancellationError())
                    }
                }
                if let settled { continuation.resume(with: settled) }
            }
        } onCancel: {
            settle(call.id, .failure(CancellationError()))
        }
    }

    /// Takes an answer in. One that nobody waits for any more is dropped. Its caller goes on here, if this is a thread
    /// that lets callers.
    func deliver(_ delivery: Delivery) {
        guard let id = delivery.correlationID else { return }
        ctasks_hold()
        defer { ctasks_release() }
        settle(id, .success(delivery))
    }

    /// The call could not be sent.
    func fail(_ id: String, _ error: any Error) { settle(id, .failure(error)) }

    private func settle(_ id: String, _ result: Result<Delivery, any Error>) {
        let waiting: UnsafeContinuation<Delivery, any Error>? = table.withLock { table in
            guard let call = table.calls.removeValue(forKey: id) else { return nil }
            if case .waiting(let continuation) = call.state { return continuation }
            call.state = .settled(result)
            return nil
        }
        waiting?.resume(with: result)
    }

    // MARK: Time limits

    /// The task ends with its sleep, which is as long as a call may take at most.
    private func look(at deadline: Duration, after pause: Duration) {
        Task { [time, weak self] in
            do { try await time.sleep(pause) } catch { return }
            self?.endOverdue(deadline)
        }
    }

    private func endOverdue(_ deadline: Duration) {
        let now = time.now()
        let (overdue, next) = table.withLock { table -> ([String], Duration?) in
            // Another task was to look earlier, and has seen to what follows.
            guard table.nextLook == deadline else { return ([], nil) }
            let overdue = table.calls.filter { $0.value.deadline <= now }.map(\.key)
            table.nextLook = table.calls.values.lazy.map(\.deadline).filter { $0 > now }.min()
            return (overdue, table.nextLook)
        }
        for id in overdue { settle(id, .failure(TimedOut())) }
        if let next { look(at: next, after: next - now) }
    }
}
