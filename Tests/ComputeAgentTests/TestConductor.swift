import ComputeModel
import Core
import Logging
import Messaging
import Testing

@testable import ComputeAgent

/// A conductor that keeps what agents tell it, on an in-memory broker.
final class TestConductor: Sendable {
    private struct State {
        var steps: [ReportStep] = []
        var powers: [ReportPowerState] = []
        var hosts: [AnnounceHost] = []
        var files: [String: String] = [:]
        var listing = ListServersOnHost.Reply(servers: [], orphans: [])
    }

    private let state = Locked(State())

    var steps: [ReportStep] { state.withLock { $0.steps } }
    var powers: [ReportPowerState] { state.withLock { $0.powers } }
    var hosts: [AnnounceHost] { state.withLock { $0.hosts } }

    func setFiles(_ files: [String: String]) { state.withLock { $0.files = files } }
    func setListing(_ listing: ListServersOnHost.Reply) { state.withLock { $0.listing = listing } }

    var handlers: RPCHandlers {
        var handlers = RPCHandlers()
        handlers.on(ReportStep.self) { [self] message, _ in state.withLock { $0.steps.append(message) } }
        handlers.on(ReportPowerState.self) { [self] message, _ in state.withLock { $0.powers.append(message) } }
        handlers.on(AnnounceHost.self) { [self] message, _ in
            state.withLock { $0.hosts.append(message) }
            return RPCNothing()
        }
        handlers.on(ListServersOnHost.self) { [self] _, _ in state.withLock { $0.listing } }
        handlers.on(ConfigDriveFiles.self) { [self] _, _ in
            ConfigDriveFiles.Reply(files: state.withLock { $0.files })
        }
        return handlers
    }

    /// The report for a saga's step, once it is there.
    func report(_ saga: String, within limit: Duration = .seconds(20)) async throws -> ReportStep {
        try await eventually(within: limit) { self.steps.first { $0.ticket.saga == saga } }
    }
}

struct NeverHappened: Error {}

/// Waits for `condition` to give a value.
func eventually<T: Sendable>(
    within limit: Duration = .seconds(20), _ condition: @Sendable () async throws -> T?
) async throws -> T {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if let value = try await condition() { return value }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw NeverHappened()
}
