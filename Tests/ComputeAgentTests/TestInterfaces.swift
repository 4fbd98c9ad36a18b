import ComputeModel
import Core

@testable import ComputeAgent

/// A switch that keeps what it has heard of, and may be away.
final class TestInterfaces: GuestInterfaces {
    private struct State {
        var plugged: Set<GuestInterface> = []
        /// What the next removals fail with.
        var failures: [ServiceError] = []
    }

    private let state = Locked(State())

    var plugged: Set<GuestInterface> { state.withLock { $0.plugged } }
    func plug(_ interface: GuestInterface) { state.withLock { _ = $0.plugged.insert(interface) } }
    func failNext(_ error: ServiceError) { state.withLock { $0.failures.append(error) } }

    func list() async throws -> [GuestInterface] { Array(plugged) }

    func remove(_ port: PortID?, of server: ServerID) async throws {
        try state.withLock { state in
            if !state.failures.isEmpty { throw state.failures.removeFirst() }
            state.plugged = state.plugged.filter { $0.server != server || (port != nil && $0.port != port) }
        }
    }
}
