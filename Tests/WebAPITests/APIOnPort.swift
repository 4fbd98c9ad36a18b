import Core
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import WebAPI

/// Tests that wait on a socket, one at a time: each holds a thread of the pool that the server needs too.
@Suite(.serialized)
enum OnAPort {}

/// Serves operations under `/v2` on a port of its own while `body` runs.
func withServer(
    _ operations: [WebAPI.Operation], options: APIServerOptions = APIServerOptions(port: 0),
    faults: any FaultStyle = .glance,
    _ body: @escaping @Sendable (Int, ServiceGroup) async throws -> Void
) async throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let (addresses, listening) = AsyncStream<Int>.makeStream()
    let server = APIServer(
        options: options,
        service: APIDescription(
            serviceType: "image", mounts: [Mount("/v2", operations, faults: faults)], faults: faults),
        authenticator: FakeAuthenticator(), policy: try PolicyEngine(rules: [], overrides: [:]), logger: logger
    ) { listening.yield($0.port ?? 0) }
    let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        tasks.addTask {
            for await port in addresses {
                do {
                    try await body(port, group)
                } catch {
                    // A server that is cancelled instead would be waited for in vain.
                    await group.triggerGracefulShutdown()
                    throw error
                }
                break
            }
            await group.triggerGracefulShutdown()
        }
        try await tasks.waitForAll()
    }
}
