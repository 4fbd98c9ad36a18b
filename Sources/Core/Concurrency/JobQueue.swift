/// A queue of jobs that threads wait on. Unbounded itself: its owner decides what to admit.
final class JobQueue: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var next = 0
        var isClosed = false

        var count: Int { jobs.count - next }
    }

    private let state = Locked(State())
    private let available: ThreadSemaphore

    init() throws { available = try ThreadSemaphore() }

    var count: Int { state.withLock { $0.count } }

    /// - Returns: false when `limit` jobs wait already, or the queue is closed.
    func append(limit: Int = .max, _ job: @escaping @Sendable () -> Void) -> Bool {
        let isQueued = state.withLock { state in
            guard !state.isClosed, state.count < limit else { return false }
            state.jobs.append(job)
            return true
        }
        if isQueued { available.signal() }
        return isQueued
    }

    /// Blocks until there is a job; nil once the queue is closed and empty.
    func take() -> (@Sendable () -> Void)? {
        available.wait()
        return state.withLock { state in
            guard state.next < state.jobs.count else { return nil }
            let job = state.jobs[state.next]
            state.next += 1
            if state.next == state.jobs.count || state.next >= 1024 {
                state.jobs.removeFirst(state.next)
                state.next = 0
            }
            return job
        }
    }

    /// Lets `threads` waiting threads end after the jobs that are queued.
    func close(threads: Int) {
        state.withLock { $0.isClosed = true }
        for _ in 0..<threads { available.signal() }
    }
}
