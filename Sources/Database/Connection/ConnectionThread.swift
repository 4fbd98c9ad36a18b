import Core
import Glibc
import Logging

/// A thread that owns one connection and runs the queue's work on it.
///
/// libmariadb blocks and a handle is for one thread, so calls never run on Swift's own threads. All
/// state here is the thread's own: nothing else touches it after `start`.
final class ConnectionThread {
    private let options: DatabaseOptions
    private let queue: ConnectionQueue
    private let logger: Logger
    private let ended: @Sendable () -> Void
    private static let patience = Duration.seconds(30)
    private var connection: Connection?
    private var lastUse = ContinuousClock.now

    private init(
        _ options: DatabaseOptions, _ queue: ConnectionQueue, _ logger: Logger, ended: @escaping @Sendable () -> Void
    ) {
        self.options = options
        self.queue = queue
        self.logger = logger
        self.ended = ended
    }

    /// Starts a thread; `ended` is called as its last act, after the queue was closed.
    static func start(
        _ options: DatabaseOptions, _ queue: ConnectionQueue, _ logger: Logger, ended: @escaping @Sendable () -> Void
    ) throws {
        let context = Unmanaged.passRetained(ConnectionThread(options, queue, logger, ended: ended))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, connectionThreadMain, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw ServiceError(.internal, "The service could not start.", detail: "pthread_create: \(status)")
        }
        pthread_detach(thread)
    }

    fileprivate func run() {
        while let work = queue.pop() { work(self) }
        connection = nil
        ended()
    }

    /// Runs `body` on a live connection.
    ///
    /// - Parameter attempts: how often to run it in all, when the connection is lost or the server chooses it
    ///   as a deadlock's victim; 1 for what must not be run twice. None begins later than `patience` after the first:
    ///   who waits for locks keeps a connection from others.
    func use<T>(
        _ doing: () -> String, attempts: Int, retry: (DatabaseError.Kind) -> Bool,
        _ body: (Connection) throws -> T
    ) throws -> T {
        var attempt = 1
        let lastStart = ContinuousClock.now + Self.patience
        while true {
            do {
                let connection = try live()
                defer { lastUse = .now }
                return try body(connection)
            } catch {
                let failure = (error as? DatabaseError) ?? ((error as? ServiceError)?.cause as? DatabaseError)
                if connection?.isLost == true { connection = nil }
                guard let failure else { throw error }
                if attempt < attempts, retry(failure.kind), .now < lastStart {
                    logger.debug("repeating database work", metadata: ["cause": "\(failure)", "attempt": "\(attempt)"])
                    pause(attempt)
                    attempt += 1
                    continue
                }
                throw error is ServiceError ? error : failure.serviceError(doing())
            }
        }
    }

    /// The connection, made anew when there is none or the server has gone since it was last used.
    private func live() throws(DatabaseError) -> Connection {
        if let connection, !connection.isLost {
            if lastUse.duration(to: .now) < .seconds(2) || connection.isAlive() { return connection }
        }
        connection = nil
        let deadline = ContinuousClock.now + options.connectTimeout
        var attempt = 1
        while true {
            do {
                let made = try Connection(options)
                connection = made
                return made
            } catch {
                // Wrong user, password or database name will not mend by itself; a starting server will.
                let isPermanent = [1044, 1045, 1049].contains(error.number)
                if isPermanent || ContinuousClock.now >= deadline { throw error }
                pause(attempt)
                attempt += 1
            }
        }
    }

    /// 5, 10, 20 … 320 ms with jitter. Blocks: this is the connection's own thread.
    private func pause(_ attempt: Int) {
        let milliseconds = 5 << min(attempt - 1, 6)
        usleep(UInt32(milliseconds * 1000 / 2 + Int.random(in: 0...(milliseconds * 1000 / 2))))
    }
}

private func connectionThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<ConnectionThread>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
