/// One thread as an executor: an actor that owns a C handle which only one thread may use at a time
/// runs on it, so its methods call C directly and may block.
///
/// `stop()` lets the thread end once what is queued has run. A job that comes after that (an actor's
/// `isolated deinit`, say) still runs, on a thread started for it.
public final class ThreadExecutor: SerialExecutor {
    private let name: String
    private let queue: JobQueue

    public init(name: String) throws {
        self.name = name
        let queue = try JobQueue()
        self.queue = queue
        try startThread(name) {
            while let job = queue.take() { job() }
        }
    }

    deinit { queue.close(threads: 1) }

    public func stop() { queue.close(threads: 1) }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        if queue.append({ job.runSynchronously(on: executor) }) { return }
        do {
            try startThread(name) { job.runSynchronously(on: executor) }
        } catch {
            // Without a thread there is nowhere else; running it here keeps the order, since nothing else runs.
            job.runSynchronously(on: executor)
        }
    }
}
