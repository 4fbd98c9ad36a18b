public import Glibc

/// A value that one thread at a time may use: `Synchronization.Mutex` over a pthread lock.
///
/// The thread sanitizer sees this one's waiting, and takes what a contended `Mutex` guards for a race.
public final class Locked<Value: ~Copyable>: @unchecked Sendable {  // `value` is used under `mutex` only
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// In memory of its own: the lock sees to it that uses do not overlap, so that Swift need not look at each.
    @usableFromInline let value: UnsafeMutablePointer<Value>

    public init(_ value: consuming sending Value) {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Must not be called again from within, and must not wait for long: it blocks the thread.
    @inlinable public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }

    /// - Returns: nil, without waiting, when another thread is using the value.
    @inlinable public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        guard pthread_mutex_trylock(mutex) == 0 else { return nil }
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
