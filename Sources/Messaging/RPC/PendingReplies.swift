import CTasks
import Core

/// The calls of this process that wait for an answer, each for a limited time.
///
/// One sleeping task serves them all: a sleep for each would stay with the system for the call's whole limit, long
/// after its answer.
final class PendingReplies: Sendable {
    /// No answer came in time.
    struct TimedOut: Error {}

    private enum State {
        /// Sent, and nobody is suspended on it yet.
        case open
        case waiting(CheckedContinuation<Delivery, any Error>)
        /// Settled before its caller got to wait.
        case settled(Result<Delivery, any Error>)
    }

    private struct Slot {
        var state: State
        let deadline: Duration
    }

    private struct Table {
        var slots: [String: Slot] = [:]
        /// When the sleeping task looks next.
        var nextLook: Duration?
    }

    private let table = Locked(Table())
    private let time: ElapsedTime

    init(timer: any Clock<Duration> = ContinuousClock()) { time = ElapsedTime(timer) }

    /// Makes room for an answer that comes within `limit`; the call may be sent after this.
    func open(_ id: String, limit: Duration) {
        let deadline = time.now() + limit
        let isEarliest = table.withLock { table in
            table.slots[id] = Slot(state: .open, deadline: deadline)
            if let next = table.nextLook, next <= deadline { return false }
            table.nextLook = deadline
            return true
        }
        if isEarliest { look(at: deadline, after: limit) }
    }

    /// Whether an answer is still waited for.
    func isOpen(_ id: String) -> Bool { table.withLock { $0.slots[id] != nil } }

    /// Forgets a call.
    func close(_ id: String) { table.withLock { $0.slots[id] = nil } }

    /// Waits for the answer to an open call; cancellation ends the wait.
    /// - Throws: `TimedOut`, or what `fail` was given.
    nonisolated(nonsending) func wait(_ id: String) async throws -> Delivery {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let settled: Result<Delivery, any Error>? = table.withLock { table in
                    switch table.slots[id]?.state {
                    case .open:
                        table.slots[id]?.state = .waiting(continuation)
                        return nil
                    case .settled(let result):
                        table.slots[id] = nil
                        return result
                    case .waiting, nil:
                        return .failure(CancellationError())
                    }
                }
                if let settled { continuation.resume(with: settled) }
            }
        } onCancel: {
            settle(id, .failure(CancellationError()))
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
        let waiting: CheckedContinuation<Delivery, any Error>? = table.withLock { table in
            switch table.slots[id]?.state {
            case .open:
                table.slots[id]?.state = .settled(result)
                return nil
            case .waiting(let continuation):
                table.slots[id] = nil
                return continuation
            case .settled, nil:
                return nil
            }
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
            let overdue = table.slots.filter { $0.value.deadline <= now }.map(\.key)
            table.nextLook = table.slots.values.lazy.map(\.deadline).filter { $0 > now }.min()
            return (overdue, table.nextLook)
        }
        for id in overdue { settle(id, .failure(TimedOut())) }
        if let next { look(at: next, after: next - now) }
    }
}
