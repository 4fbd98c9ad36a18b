import Core
import Synchronization

/// The calls of this process that wait for an answer.
final class PendingReplies: Sendable {
    private enum Slot {
        /// Sent, and nobody is suspended on it yet.
        case open
        case waiting(CheckedContinuation<Delivery, any Error>)
        /// Settled before its caller got to wait.
        case settled(Result<Delivery, any Error>)
    }

    private let slots = Mutex<[String: Slot]>([:])

    /// Makes room for an answer; the call may be sent after this.
    func open(_ id: String) { slots.withLock { $0[id] = .open } }

    /// Forgets a call whose sending failed.
    func close(_ id: String) { slots.withLock { $0[id] = nil } }

    /// Waits for the answer to an open call; cancellation ends the wait.
    func wait(_ id: String) async throws -> Delivery {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let settled: Result<Delivery, any Error>? = slots.withLock { slots in
                    switch slots[id] {
                    case .open:
                        slots[id] = .waiting(continuation)
                        return nil
                    case .settled(let result):
                        slots[id] = nil
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

    /// Takes an answer in. One that nobody waits for any more is dropped.
    func deliver(_ delivery: Delivery) {
        guard let id = delivery.correlationID else { return }
        settle(id, .success(delivery))
    }

    private func settle(_ id: String, _ result: Result<Delivery, any Error>) {
        let waiting: CheckedContinuation<Delivery, any Error>? = slots.withLock { slots in
            switch slots[id] {
            case .open:
                slots[id] = .settled(result)
                return nil
            case .waiting(let continuation):
                slots[id] = nil
                return continuation
            case .settled, nil:
                return nil
            }
        }
        waiting?.resume(with: result)
    }
}
