import Core

/// A server's running handlers, so that a shutdown can wait for the last, or end them.
///
/// Each is a task of its own that begins on the broker's thread, without a change of threads, and goes on elsewhere
/// once it waits for something. It ends with its handler; `cancelAll` cancels those that are left.
final class RunningHandlers: Sendable {
    private struct State {
        var next = 0
        /// The task is set when it turns out that the handler waits for something.
        var running: [Int: Task<Void, Never>?] = [:]
        var isCancelled = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    func start(_ handle: nonisolated(nonsending) @escaping @Sendable () async -> Void) {
        let number = state.withLock { state in
            state.next += 1
            state.running[state.next] = .some(nil)
            return state.next
        }
        let task = Task.immediate { [self] in
            await handle()
            ended(number)
        }
        let isCancelled = state.withLock { state in
            if state.running[number] != nil { state.running[number] = task }
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// Also those that start later.
    func cancelAll() {
        let tasks = state.withLock { state in
            state.isCancelled = true
            return state.running.values.compactMap { $0 }
        }
        for task in tasks { task.cancel() }
    }

    /// Returns when none runs. Called once at a time.
    func allEnded() async {
        await withCheckedContinuation { continuation in
            let idle = state.withLock { state in
                if !state.running.isEmpty { state.waiting = continuation }
                return state.running.isEmpty
            }
            if idle { continuation.resume() }
        }
    }

    private func ended(_ number: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.running[number] = nil
            guard state.running.isEmpty else { return nil }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }
}
