import Core
import Glibc

/// Work waiting for a connection: a bounded queue that any task fills and the connections' threads empty.
///
/// A condition variable, not a Swift concurrency primitive: its readers are threads that block.
final class ConnectionQueue: @unchecked Sendable {  // its state is guarded by `mutex`
    typealias Work = (ConnectionThread) -> Void

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let notEmpty = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [Work?] = []
    private var head = 0
    private var idle = 0
    private var isClosed = false
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(notEmpty, nil)
    }

    deinit {
        pthread_cond_destroy(notEmpty)
        pthread_mutex_destroy(mutex)
        notEmpty.deallocate()
        mutex.deallocate()
    }

    /// - Throws: `.unavailable` when the queue is full or closed: nothing has been done then.
    /// - Parameter wakes: false when it comes from a thread of the queue, which takes work itself as soon as it returns.
    func push(_ work: @escaping Work, wakes: Bool = true) throws {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { throw ServiceError(.unavailable, "The service is stopping.", detail: "database is closed") }
        if waiting.count - head >= limit {
            throw ServiceError(.unavailable, "The service is busy; try again later.", detail: "database queue is full")
        }
        waiting.append(work)
        if wakes { pthread_cond_signal(notEmpty) }
    }

    /// Blocks for work; nil once the queue is closed and empty.
    func pop() -> Work? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        idle += 1
        while head == waiting.count, !isClosed { pthread_cond_wait(notEmpty, mutex) }
        idle -= 1
        guard head < waiting.count else { return nil }
        let work = waiting[head]
        waiting[head] = nil
        head += 1
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024 {
            waiting.removeFirst(head)
            head = 0
        }
        return work
    }

    /// How many threads have no work, and how much work waits for one; nil once it is closed.
    var load: (idle: Int, waiting: Int)? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return isClosed ? nil : (idle, waiting.count - head)
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(notEmpty)
        pthread_mutex_unlock(mutex)
    }
}
