import Core
import FoundationEssentials

/// The connections to one directory that are used in one way, and the threads that wait for their answers.
///
/// Bounded in threads, connections and waiting callers. While the servers cannot be reached callers are refused at once,
/// and somebody tries again every few seconds.
final class LDAPPool: Sendable {
    /// How a new connection introduces itself.
    struct Login: Sendable {
        var name = ""
        var password = ""
    }

    private struct Idle {
        var connection: LDAPConnection
        var openedAt: Date
    }

    private struct State {
        var idle: [Idle] = []
        /// The servers did not answer; nobody asks them before then.
        var restsUntil = Date.distantPast
    }

    private static let rest: TimeInterval = 5

    private let server: LDAPServer
    private let login: Login?
    private let lifetime: TimeInterval
    private let keepsConnections: Bool
    private let clock: WallClock
    private let threads: BlockingPool
    private let state = Locked(State())

    /// - Parameters:
    ///   - login: nil where every use binds by itself.
    ///   - size: of connections, and so of threads.
    init(
        _ name: String, _ server: LDAPServer, login: Login?, size: Int, lifetime: TimeInterval, keepsConnections: Bool,
        clock: WallClock
    ) {
        self.server = server
        self.login = login
        self.lifetime = lifetime
        self.keepsConnections = keepsConnections
        self.clock = clock
        threads = BlockingPool(name: name, threads: size, maxQueue: 256)
    }

    /// Runs `body` on a thread that may wait, with a connection of its own; again, with a new one, where the server had
    /// closed the first meanwhile.
    /// - Throws: `.unavailable` when no server can be reached or they refuse; `.rateLimited` when too many wait; what
    ///   `body` throws.
    func run<T: Sendable>(_ body: @escaping @Sendable (LDAPConnection) throws -> T) async throws -> T {
        try await threads.run { [self] in
            guard state.withLock({ $0.restsUntil }) <= clock.now() else {
                throw Self.unavailable("its servers did not answer a moment ago")
            }
            let idle = takeIdle()
            do {
                do {
                    return try attempt(idle, body)
                } catch let error as LDAPError where error.isClosed && idle != nil {
                    return try attempt(nil, body)
                }
            } catch let error as LDAPError {
                if error.isBroken { rest() }
                throw Self.unavailable(error.description)
            }
        }
    }

    private func attempt<T>(_ idle: Idle?, _ body: (LDAPConnection) throws -> T) throws -> T {
        let used = try idle ?? Idle(connection: open(), openedAt: clock.now())
        do {
            let result = try body(used.connection)
            giveBack(used)
            return result
        } catch let error as LDAPError {
            if !error.isBroken { giveBack(used) }
            throw error
        }
    }

    private func open() throws -> LDAPConnection {
        let connection = try LDAPConnection(server)
        if let login { try connection.bind(login.name, login.password) }
        return connection
    }

    private func takeIdle() -> Idle? {
        let oldest = clock.now().addingTimeInterval(-lifetime)
        return state.withLock { state in
            state.idle.removeAll { $0.openedAt < oldest }
            return state.idle.popLast()
        }
    }

    /// No more than threads are ever in use, so no more come back.
    private func giveBack(_ used: Idle) {
        guard keepsConnections else { return }
        state.withLock { $0.idle.append(used) }
    }

    private func rest() {
        let end = clock.now().addingTimeInterval(Self.rest)
        state.withLock { state in
            state.idle = []
            state.restsUntil = end
        }
    }

    static func unavailable(_ reason: String) -> ServiceError {
        ServiceError(
            .unavailable, "The directory of the domain's users and groups cannot be reached now. Try again later.",
            detail: reason)
    }
}
