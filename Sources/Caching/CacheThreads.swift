import CMemcached
import Core
import Glibc

/// Threads that each own a connection to the memcacheds and take work from one bounded queue.
final class CacheThreads: Sendable {
    typealias Work = @Sendable (OpaquePointer) -> Void

    private struct State {
        var queue: [Work] = []
        var isStopped = false
    }

    private let lock = CacheCondition()
    private let state = Locked(State())
    private let limit: Int

    /// - Parameter servers: host and port of each.
    init(servers: [(String, Int)], threads: Int, limit: Int, timeoutMilliseconds: Int) {
        self.limit = limit
        for _ in 0..<threads {
            startThread { [self] in
                guard let client = cmc_new(Int32(timeoutMilliseconds)) else {
                    preconditionFailure("no memory for a memcached client")
                }
                defer { cmc_free(client) }
                // A server that cannot be added is one that misses.
                for (host, port) in servers { _ = cmc_add_server(client, host, Int32(port)) }
                while let work = next() { work(client) }
            }
        }
    }

    /// Queues work.
    /// - Returns: whether there was room; the work is not done otherwise.
    func add(_ work: @escaping Work) -> Bool {
        let added = state.withLock { state in
            guard !state.isStopped, state.queue.count < limit else { return false }
            state.queue.append(work)
            return true
        }
        if added { lock.signal() }
        return added
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        lock.broadcast()
    }

    private func next() -> Work? {
        lock.wait {
            state.withLock { state in
                if !state.queue.isEmpty { return .take(state.queue.removeFirst()) }
                return state.isStopped ? .take(nil) : .wait
            }
        }
    }
}

/// A condition variable, which the Synchronization module has not.
///
/// `@unchecked Sendable`: POSIX makes both objects usable from any thread, and they do not move.
private final class CacheCondition: @unchecked Sendable {
    enum Look<Value> {
        case take(Value)
        case wait
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func wait<Value>(_ look: () -> Look<Value>) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if case .take(let value) = look() { return value }
            pthread_cond_wait(condition, mutex)
        }
    }

    func signal() {
        pthread_mutex_lock(mutex)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    func broadcast() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let context = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let status = pthread_create(&thread, &attributes, runThread, context)
    pthread_attr_destroy(&attributes)
    precondition(status == 0, "no thread for the cache: error \(status)")
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
    return nil
}
