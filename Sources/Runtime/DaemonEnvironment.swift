public import Core
public import Logging
public import ServiceLifecycle

/// What a daemon is built from, and where it puts what is to run.
public struct DaemonEnvironment: Sendable {
    public let name: String
    public let configuration: Configuration
    public let logger: Logger
    /// This machine's name in the cloud: `[DEFAULT] host`.
    public let host: String
    public var ids: IDGenerator
    public var clock: WallClock

    let parts = DaemonParts()

    init(name: String, configuration: Configuration, logger: Logger, host: String) {
        self.name = name
        self.configuration = configuration
        self.logger = logger
        self.host = host
        ids = .random
        clock = .system
    }

    /// Adds a check to `/readyz`. It should end within a second or two, and throws what is wrong.
    public func check(_ name: String, _ probe: @escaping @Sendable () async throws -> Void) {
        parts.add(ReadinessCheck(name: name, probe: probe))
    }

    /// Runs a service until the daemon stops. Services start in the order in which they are given and
    /// are asked to stop in reverse; one that ends by itself with an error ends the daemon.
    public func serve(_ service: any Service) { parts.add(service) }

    /// Runs a loop until the daemon stops; it is cancelled then.
    public func serve(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
        parts.add(CancelledOnShutdown(name: name, body: run))
    }
}

struct ReadinessCheck: Sendable {
    let name: String
    let probe: @Sendable () async throws -> Void

    static let starting = ReadinessCheck(name: "start") {
        throw ServiceError(.unavailable, "The daemon is being started.")
    }
}

/// What the daemon's builder has given so far.
final class DaemonParts: Sendable {
    private struct State {
        var services: [any Service] = []
        var checks: [ReadinessCheck] = []
        var isBuilt = false
    }

    private let state = Locked(State())

    func add(_ service: any Service) { state.withLock { $0.services.append(service) } }
    func add(_ check: ReadinessCheck) { state.withLock { $0.checks.append(check) } }

    /// The builder is done: the services to run.
    func built() -> [any Service] {
        state.withLock { state in
            state.isBuilt = true
            return state.services
        }
    }

    /// Until the daemon is built it is not ready, whatever the checks given so far may say.
    var checks: [ReadinessCheck] {
        state.withLock { state in
            state.isBuilt ? state.checks : [.starting] + state.checks
        }
    }
}

/// A loop that knows nothing of graceful shutdown: it is cancelled instead, and its cancellation is no error.
private struct CancelledOnShutdown: Service, CustomStringConvertible {
    let name: String
    let body: @Sendable () async throws -> Void

    var description: String { name }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await body()
            } catch is CancellationError {
                // The way such a loop ends.
            }
        }
    }
}
