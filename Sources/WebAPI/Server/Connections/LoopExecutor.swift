import Core
import NIOCore

/// Runs the tasks of an event loop's connections on that loop.
///
/// A request is then read, answered and written by one thread: without it each answer wakes a thread of the
/// cooperative pool and, when it is written, the loop again. What must not block the pool must not block the loop
/// either; what waits for a database or another service gives the loop up, as it gives up the pool.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    private init(_ loop: any EventLoop) { self.loop = loop }

    private static let all = Locked<[ObjectIdentifier: LoopExecutor]>([:])

    /// The loop's one executor: there are as many loops as processors, and they live as long as the process.
    static func of(_ loop: any EventLoop) -> LoopExecutor {
        all.withLock { all in
            if let known = all[ObjectIdentifier(loop)] { return known }
            let made = LoopExecutor(loop)
            all[ObjectIdentifier(loop)] = made
            return made
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        loop.execute { job.runSynchronously(on: executor) }
    }
}
