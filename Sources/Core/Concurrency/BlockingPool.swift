import Synchronization

/// Runs calls that block (password hashing, libvirt, files) on threads of its own, so that they never
/// hold a thread of the cooperative pool. The queue is bounded: beyond it, callers are refused at once.
///
/// Threads start when they are first needed and end with the pool.
public final class BlockingPool: Sendable {
    private let name: String
    private let maxThreads: Int
    private let maxQueue: Int
    private let started = Locked(0)
    private let busy = Atomic<Int>(0)
    private let queue: Result<JobQueue, any Error>

    public init(name: String, threads: Int, maxQueue: Int) {
        self.name = name
        self.maxThreads = max(1, threads)
        self.maxQueue = maxQueue
        self.queue = Result { try JobQueue() }
    }

    deinit {
        let threads = started.withLock { $0 }
        if case .success(let queue) = queue { queue.close(threads: threads) }
    }

    /// Runs `body` on one of the pool's threads.
    /// - Throws: what `body` throws; `ServiceError(.rateLimited)` when the queue is full.
    public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        let queue = try queue.get()
        try ensureThread(queue)
        let admitted = busy.wrappingAdd(1, ordering: .relaxed).newValue
        defer { busy.wrappingSubtract(1, ordering: .relaxed) }
        guard admitted <= maxThreads + maxQueue else {
            throw ServiceError(.rateLimited, "The service is busy. Try again later.", detail: "pool \(name) is full")
        }
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
            _ = queue.append { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Starts another thread while fewer run than there is work for.
    private func ensureThread(_ queue: JobQueue) throws {
        try started.withLock { started in
            guard started < maxThreads, busy.load(ordering: .relaxed) >= started else { return }
            do {
                try startThread(name) {
                    while let job = queue.take() { job() }
                }
                started += 1
            } catch  where started > 0 {
                return  // those that run will get to it
            }
        }
    }
}
