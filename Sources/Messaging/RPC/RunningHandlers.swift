import Synchronization

/// Counts a server's handlers, so that a shutdown can wait for the last.
final class RunningHandlers: Sendable {
    private struct State {
        var count = 0
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func began() { state.withLock { $0.count += 1 } }

    func ended() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.count -= 1
            guard state.count == 0 else { return nil }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Returns when none runs. Called once, after the last `began`.
    func allEnded() async {
        await withCheckedContinuation { continuation in
            let idle = state.withLock { state in
                if state.count > 0 { state.waiting = continuation }
                return state.count == 0
            }
            if idle { continuation.resume() }
        }
    }
}
