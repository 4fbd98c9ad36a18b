/// Wakes one waiting loop; raised while nobody waits, it is remembered once.
public final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    public init() {}

    /// Safe from any thread; raised many times before it is waited for, it wakes once.
    public func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isRaised = state.waiter == nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns when raised, when the time is over, or when the task is cancelled.
    public func wait(atMost limit: Duration) async {
        let timer = Task {
            do {
                try await Task.sleep(for: limit)
                self.raise()
            } catch {
                // Cancelled: the wait ended before its time.
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let wasRaised = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if wasRaised { continuation.resume() }
            }
        } onCancel: {
            raise()
        }
        timer.cancel()
    }
}
