import CRabbitMQ
import CTasks
import Core
import Glibc
import Logging
import Synchronization

/// One thread with one connection: connects, reads, hands out, lets its worker work, writes, sleeps, and connects anew
/// with growing pauses when the connection is lost.
///
/// Handlers and the callers of answers run on it until they first wait: on a machine with nothing else to do most of a
/// call's time is that of waking threads. What they send is written with the acknowledgements, at the round's end.
///
/// While it sleeps others may use the connection for a moment (`useAsleep`), so that a message does not have to wait
/// for the thread to wake.
final class AMQPThread<Worker: AMQPWorker>: Sendable {
    private struct Shared {
        var isStopping = false
        var stopDeadline: ContinuousClock.Instant?
        /// The socket in use, while there is one.
        var socket: Int32?
        /// When the thread last showed that it does not hang.
        var progress = ContinuousClock.now
    }

    /// What only its holder uses: the thread, for as long as it is awake.
    private struct Turn {
        var worker: Worker
        var connection: AMQPConnection?
        /// What broke the connection when another than the thread used it.
        var failure: AMQPFailure?
        /// Events read in this round.
        var reads = 0
        /// Deadlines are looked at now and then, not in every round.
        var nextExpiry = ContinuousClock.now
    }

    private enum Next {
        case more
        /// On the socket, for so many milliseconds.
        case sleep(Int32, Int32)
        case stop
    }

    private let name: String
    private let options: MessagingOptions
    private let logger: Logger
    private let shared = Locked(Shared())
    private let turn: Locked<Turn>
    private let wakeup = crmq_wakeup_new()
    private let ended = OneShot<Void>()
    /// Milliseconds between two looks at a connection on which nothing happens.
    private let idle: Int32
    /// The thread sleeps or is about to, and must be woken for new work. While it is busy it looks by itself.
    private let isAsleep = Atomic(false)
    /// The thread's own `pthread_t`, once it runs.
    private let thread = Atomic<UInt>(0)

    init(name: String, options: MessagingOptions, logger: Logger, worker: sending Worker) {
        self.name = name
        self.options = options
        idle = Int32((options.heartbeat / 2).wholeMilliseconds)
        var logger = logger
        logger[metadataKey: "connection"] = "\(name)"
        self.logger = logger
        turn = Locked(Turn(worker: worker))
    }

    var isConnected: Bool { shared.withLock { $0.socket != nil } }

    func start() {
        startThread(name) {
            self.thread.store(UInt(pthread_self()), ordering: .relaxed)
            ctasks_begin()
            self.run()
            self.turn.withLock { $0.worker.stopped() }
            self.ended.settle(.success(()))
            ctasks_end()
        }
    }

    /// Gets the thread to look at its work.
    func wake() {
        if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { crmq_wakeup_signal(wakeup) }
    }

    /// Lets `body` add to what the connection writes, on the caller's thread, if the thread sleeps; and writes it as far
    /// as that does not block. The thread's own messages wait for the end of its round.
    /// - Returns: what `body` did; false when it was not run.
    func useAsleep(_ body: (inout Worker, AMQPConnection) throws(AMQPFailure) -> Bool) -> Bool {
        guard thread.load(ordering: .relaxed) != UInt(pthread_self()) else { return false }
        return turn.withLockIfAvailable { turn in
            guard let connection = turn.connection, turn.failure == nil, connection.mayWriteAtOnce else {
                return false
            }
            do throws(AMQPFailure) {
                guard try body(&turn.worker, connection) else { return false }
                if try connection.flush(waiting: false) { return true }
            } catch {
                // The thread makes a new connection, and its worker repeats what was not confirmed.
                turn.failure = error
            }
            crmq_wakeup_signal(wakeup)
            return true
        } ?? false
    }

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

    private func run() {
        var pause = ReconnectPause()
        while !turn.withLock({ mayStop($0.worker) }) {
            do throws(AMQPFailure) {
                try turn.withLock { turn throws(AMQPFailure) in try connect(&turn) }
                pause = ReconnectPause()
                try serve()
                disconnect(gracefully: true)
            } catch {
                disconnect(gracefully: false)
                logger.warning("lost the message broker", metadata: ["error": "\(error)"])
                sleep(pause.next())
            }
        }
    }

    private func connect(_ turn: inout Turn) throws(AMQPFailure) {
        let connection = try AMQPConnection(options, name: name, confirms: Worker.confirms)
        turn.connection = connection
        turn.failure = nil
        setSocket(connection.socket)
        logger.info("connected to the message broker")
        try turn.worker.connected(connection)
    }

    private func disconnect(gracefully: Bool) {
        // A round that failed left some.
        ctasks_run_later()
        setSocket(nil)
        turn.withLock { turn in
            turn.connection?.close(gracefully: gracefully)
            turn.connection = nil
            if !gracefully { turn.worker.disconnected() }
        }
    }

    private func serve() throws(AMQPFailure) {
        while true {
            let ready = try turn.withLock { turn throws(AMQPFailure) in try read(&turn) }
            for item in ready { item.receive(item.delivery) }
            ctasks_run(Self.tasksTime)
            let next = try turn.withLock { turn throws(AMQPFailure) in try work(&turn) }
            ctasks_run_later()
            switch next {
            case .more: continue
            case .stop: return
            case .sleep(let socket, let time):
                // The thread counts as asleep by now: who asks after this look wakes it.
                if !turn.withLock({ $0.worker.isAsked || mayStop($0.worker) || $0.failure != nil }) {
                    crmq_poll(socket, wakeup, time)
                }
                isAsleep.store(false, ordering: .sequentiallyConsistent)
            }
        }
    }

    /// Nanoseconds for callers that go on with their answers on this thread; the others go on in the pool.
    private static var tasksTime: UInt64 { 1_000_000 }

    /// Reads what is there.
    private func read(_ turn: inout Turn) throws(AMQPFailure) -> [ReadyDelivery] {
        let connection = try connection(of: turn)
        turn.reads = 0
        // The socket is asked once; what comes meanwhile ends the sleep at once.
        do throws(AMQPFailure) {
            while turn.reads == 0 || turn.reads < 256 && connection.mayHaveMore, let event = try connection.next() {
                try turn.worker.handle(event, connection)
                turn.reads += 1
            }
        } catch {
            // What was read before is handed out all the same.
            turn.failure = error
        }
        return turn.worker.takeDeliveries()
    }

    /// Does what was asked for and writes it.
    private func work(_ turn: inout Turn) throws(AMQPFailure) -> Next {
        let connection = try connection(of: turn)
        let hasMore = try turn.worker.work(connection)
        _ = try connection.flush(waiting: true)
        let now = ContinuousClock.now
        var hasDeadlines = true
        if now >= turn.nextExpiry {
            hasDeadlines = turn.worker.expire(now)
            turn.nextExpiry = now + Self.expiryPause
        }
        if mayStop(turn.worker) { return .stop }
        shared.withLock { $0.progress = now }
        if hasMore || turn.reads == 256 || connection.hasBuffered { return .more }
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        return .sleep(connection.socket, hasDeadlines ? min(idle, Self.deadlineSleep) : idle)
    }

    private static var expiryPause: Duration { .milliseconds(100) }
    /// Milliseconds of sleep while something waits with a deadline, or may.
    private static var deadlineSleep: Int32 { 250 }

    private func connection(of turn: borrowing Turn) throws(AMQPFailure) -> AMQPConnection {
        if let failure = turn.failure { throw failure }
        guard let connection = turn.connection else {
            throw AMQPFailure(code: 0, text: "no connection", isFatal: true)
        }
        return connection
    }

    /// Waits without a connection; deadlines go on.
    private func sleep(_ pause: Duration) {
        let end = ContinuousClock.now + pause
        while !turn.withLock({ mayStop($0.worker) }) {
            turn.withLock { _ = $0.worker.expire(.now) }
            let left = end - .now
            if left <= .zero { return }
            isAsleep.store(true, ordering: .sequentiallyConsistent)
            if !turn.withLock({ mayStop($0.worker) }) {
                crmq_poll(-1, wakeup, Int32(min(left, .milliseconds(250)).wholeMilliseconds))
            }
            isAsleep.store(false, ordering: .sequentiallyConsistent)
        }
    }

    private func mayStop(_ worker: Worker) -> Bool {
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
