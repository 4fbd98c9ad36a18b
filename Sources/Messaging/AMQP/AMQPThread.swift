import CRabbitMQ
import Logging
import Synchronization

/// One thread with one connection: connects, reads, lets its worker work, sleeps, and connects anew with
/// growing pauses when the connection is lost.
final class AMQPThread: Sendable {
    private struct Shared {
        var isStopping = false
        var stopDeadline: ContinuousClock.Instant?
        /// The socket in use, while there is one.
        var socket: Int32?
        /// When the thread last showed that it does not hang.
        var progress = ContinuousClock.now
    }

    private let name: String
    private let options: MessagingOptions
    private let logger: Logger
    private let shared = Mutex(Shared())
    private let wakeup = crmq_wakeup_new()
    private let ended = OneShot<Void>()

    init(name: String, options: MessagingOptions, logger: Logger) {
        self.name = name
        self.options = options
        var logger = logger
        logger[metadataKey: "connection"] = "\(name)"
        self.logger = logger
    }

    var isConnected: Bool { shared.withLock { $0.socket != nil } }

    func start<Worker: AMQPWorker>(_ makeWorker: @escaping @Sendable () -> Worker) {
        startThread(name) {
            var worker = makeWorker()
            self.run(&worker)
            worker.stopped()
            self.ended.settle(.success(()))
        }
    }

    /// Gets the thread to look at its work.
    func wake() { crmq_wakeup_signal(wakeup) }

    /// Lets the thread finish what it has, for a bounded time, and end.
    func stop() async {
        shared.withLock { shared in
            shared.isStopping = true
            shared.stopDeadline = .now + .seconds(3)
        }
        wake()
        do { try await ended.value() } catch { return }
    }

    /// Cuts the connection of a thread that hangs in a write, which librabbitmq never gives up by itself.
    func checkProgress(_ now: ContinuousClock.Instant) {
        let cut = shared.withLock { shared -> Bool in
            guard let socket = shared.socket, now - shared.progress > options.heartbeat * 2 else { return false }
            crmq_shutdown(socket)
            return true
        }
        if cut { logger.error("connection made no progress, was cut") }
    }

    // MARK: On the thread

    private func run<Worker: AMQPWorker>(_ worker: inout Worker) {
        var pause = ReconnectPause()
        while !mayStop(worker) {
            do {
                let connection = try AMQPConnection(options, name: name, confirms: Worker.confirms)
                setSocket(connection.socket)
                logger.info("connected to the message broker")
                do throws(AMQPFailure) {
                    try serve(connection, &worker) { pause = ReconnectPause() }
                    setSocket(nil)
                    connection.close(gracefully: true)
                } catch {
                    setSocket(nil)
                    connection.close(gracefully: false)
                    throw error
                }
            } catch {
                worker.disconnected()
                logger.warning("lost the message broker", metadata: ["error": "\(error)"])
                sleep(pause.next(), &worker)
            }
        }
    }

    private func serve<Worker: AMQPWorker>(
        _ connection: AMQPConnection, _ worker: inout Worker, _ established: () -> Void
    ) throws(AMQPFailure) {
        try worker.connected(connection)
        established()
        while true {
            var reads = 0
            while reads < 256, let event = try connection.next() {
                try worker.handle(event, connection)
                reads += 1
            }
            let hasMore = try worker.work(connection)
            let hasDeadlines = worker.expire(.now)
            if mayStop(worker) { return }
            shared.withLock { $0.progress = .now }
            if hasMore || reads == 256 || connection.hasBuffered { continue }
            let idle = options.heartbeat / 2
            crmq_poll(
                connection.socket, wakeup,
                Int32((hasDeadlines ? min(idle, .milliseconds(250)) : idle).wholeMilliseconds))
        }
    }

    /// Waits without a connection; deadlines go on.
    private func sleep<Worker: AMQPWorker>(_ pause: Duration, _ worker: inout Worker) {
        let end = ContinuousClock.now + pause
        while !mayStop(worker) {
            _ = worker.expire(.now)
            let left = end - .now
            if left <= .zero { return }
            crmq_poll(-1, wakeup, Int32(min(left, .milliseconds(250)).wholeMilliseconds))
        }
    }

    private func mayStop<Worker: AMQPWorker>(_ worker: Worker) -> Bool {
        shared.withLock { shared in
            guard shared.isStopping else { return false }
            if worker.isIdle { return true }
            return shared.stopDeadline.map { ContinuousClock.now > $0 } ?? true
        }
    }

    private func setSocket(_ socket: Int32?) {
        shared.withLock { shared in
            shared.socket = socket
            shared.progress = .now
        }
    }
}

/// Pauses between attempts to connect: doubled each time up to 5 s, and spread, so that the daemons of a
/// cloud do not return to a restarted broker all at once.
struct ReconnectPause {
    private var next: Duration = .milliseconds(100)

    mutating func next(_ spread: Double = .random(in: 0.5...1)) -> Duration {
        defer { next = min(next * 2, .seconds(5)) }
        return next * spread
    }
}
