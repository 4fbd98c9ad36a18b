import CLinux
import Core
import Glibc
import Logging
import ServiceLifecycle

/// What a daemon does: builds its services and runs them until it is told to stop.
///
/// Told to stop while it is being built, it is cancelled, and runs nothing.
struct BuiltDaemon: Service, CustomStringConvertible {
    let environment: DaemonEnvironment
    let logger: Logger
    /// Raised when operators can ask; nil when they cannot. What is built meanwhile would keep them waiting.
    let listening: Signal?
    let build: @Sendable (DaemonEnvironment) async throws -> Void

    var description: String { environment.name }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                await listening?.wait(atMost: .seconds(5))
                try Task.checkCancellation()
                try await build(environment)
            }
        } catch  where Task.isShuttingDownGracefully {
            return
        }
        let services = environment.parts.built()
        // Options, routes, schemas and policies leave as much behind as they keep.
        apus_trim_heap()
        apus_forget_startup_code()
        environment.logger.info("started", metadata: ["version": "\(Daemon.version)", "pid": "\(getpid())"])
        try await ServiceGroup(services: services, logger: logger).run()
    }
}
