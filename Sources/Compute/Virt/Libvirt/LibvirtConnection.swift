import Core
package import Logging

/// Keeps a connection to libvirt open, and runs blocking calls on a few threads of its own.
///
/// `maintain()` must be running: it connects, notices the end of the connection, and connects again
/// with growing pauses. Events in between are lost, so `.connected` tells listeners to compare.
package final class LibvirtConnection: Sendable {
    private struct State {
        var session: LibvirtSession?
        /// Grows with every connection, so that an old one's end is not taken for the new one's.
        var epoch = 0
        var lastError: String?
    }

    package let uri: String
    package let events = EventHub<LibvirtEvent>()
    private let pool: BlockingPool
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let state = Locked(State())
    /// How long a call waits for a connection that is being made again.
    private let patience: Duration = .seconds(20)

    package init(uri: String, threads: Int = 4, clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.uri = uri
        self.pool = BlockingPool(name: "libvirt", threads: threads, maxQueue: 256)
        self.clock = clock
        self.logger = logger
    }

    package var isConnected: Bool { state.withLock { $0.session != nil } }

    /// Runs `body` on one of the connection's threads.
    /// - Throws: `ServiceError`, `.unavailable` when libvirt cannot be reached; `VirtError` for an
    ///   answer of libvirt's that `body` did not deal with.
    package func run<T: Sendable>(
        _ action: StaticString, _ body: @escaping @Sendable (LibvirtSession) throws -> T
    ) async throws -> T {
        let session = try await session(for: action)
        do {
            return try await pool.run { try body(session) }
        } catch let error as VirtError {
            if session.isAlive { throw error }
            lost(session)
            throw ServiceError(.unavailable, "The hypervisor is not reachable now.", detail: error.description)
        }
    }

    /// Connects and reconnects until cancelled.
    package func maintain() async throws {
        var pause = Duration.milliseconds(200)
        while !Task.isCancelled {
            if isConnected {
                pause = .milliseconds(200)
                try await clock.sleep(for: .seconds(1))
                await probe()
            } else if await connect() {
                events.send(.connected)
            } else {
                try await clock.sleep(for: pause)
                pause = min(pause * 2, .seconds(10))
            }
        }
    }

    private func connect() async -> Bool {
        let epoch = state.withLock { state in
            state.epoch += 1
            return state.epoch
        }
        let sink = EventSink { [weak self] event in
            guard let self else { return }
            if event == .closed { self.closed(epoch) } else { self.events.send(event) }
        }
        do {
            let session = try await pool.run { [uri] in try LibvirtSession(uri: uri, events: sink) }
            state.withLock { $0.session = session }
            logger.info("connected to libvirt", metadata: ["uri": "\(uri)"])
            return true
        } catch {
            let text = String(describing: error)
            let isNew = state.withLock { state in
                defer { state.lastError = text }
                return state.lastError != text
            }
            if isNew { logger.error("libvirt cannot be reached", metadata: ["uri": "\(uri)", "error": "\(text)"]) }
            return false
        }
    }

    /// A connection that ended without telling is noticed here.
    private func probe() async {
        guard let session = state.withLock({ $0.session }) else { return }
        do {
            if try await !pool.run({ session.isAlive }) { lost(session) }
        } catch {
            logger.debug("libvirt was not probed", metadata: ["error": "\(error)"])
        }
    }

    private func session(for action: StaticString) async throws -> LibvirtSession {
        var waited = Duration.zero
        while true {
            if let session = state.withLock({ $0.session }) { return session }
            guard waited < patience else {
                throw ServiceError(.unavailable, "The hypervisor is not reachable now.", detail: "\(action)")
            }
            try await clock.sleep(for: .milliseconds(100))
            waited += .milliseconds(100)
        }
    }

    private func closed(_ epoch: Int) {
        let session = state.withLock { state -> LibvirtSession? in
            guard state.epoch == epoch else { return nil }
            defer { state.session = nil }
            return state.session
        }
        finish(session)
    }

    private func lost(_ session: LibvirtSession) {
        let session = state.withLock { state -> LibvirtSession? in
            guard state.session === session else { return nil }
            defer { state.session = nil }
            return state.session
        }
        finish(session)
    }

    private func finish(_ session: LibvirtSession?) {
        guard session != nil else { return }
        logger.warning("the connection to libvirt was lost", metadata: ["uri": "\(uri)"])
        events.send(.closed)
    }
}
