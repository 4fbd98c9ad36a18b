import CLinux

/// Starts a detached thread of our own that runs `body` once.
///
/// - Throws: `ServiceError(.unavailable)` when the system has no thread to give.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
    let box = Unmanaged.passRetained(ThreadBody(name, body))
    let status = apus_thread_start(runThreadBody, box.toOpaque())
    guard status == 0 else {
        box.release()
        throw ServiceError(.unavailable, "Out of threads.", detail: "starting thread \(name): error \(status)")
    }
}

private final class ThreadBody: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// A top-level function, because a closure given to C must not be isolated to an actor.
private func runThreadBody(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    let box = Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue()
    apus_thread_name(box.name)
    box.body()
}

/// A counting semaphore that blocks a thread, never a task.
///
/// Unchecked: the C object is made once, freed in `deinit`, and safe to use from all threads.
final class ThreadSemaphore: @unchecked Sendable {
    private let semaphore: OpaquePointer

    init() throws {
        guard let semaphore = apus_semaphore_new() else {
            throw ServiceError(.unavailable, "Out of memory.", detail: "making a semaphore")
        }
        self.semaphore = semaphore
    }

    deinit { apus_semaphore_free(semaphore) }

    func signal() { apus_semaphore_post(semaphore) }

    func wait() { apus_semaphore_wait(semaphore) }
}
