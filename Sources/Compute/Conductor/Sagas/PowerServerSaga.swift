import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Moves a server's power state: start, stop, reboot, pause, unpause, suspend, resume.
enum PowerServerSaga: Saga {
    typealias State = PowerServerState
    typealias Environment = ConductorEnvironment

    static let name = State.sagaName
    static let version = State.sagaVersion

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("power", wait: .seconds(420), command, finish: done, undo: giveUp)
    ]

    private static func command(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await env.server(state.server)
        guard let host = server.host else { throw ServiceError(.conflict, "The server is on no host.") }
        try await env.begin(event(state.action), state.server, host: host, run)
        guard let action = Self.action(state.action) else {
            throw ServiceError(.notImplemented, "\(state.action.rawValue) is no power action.")
        }
        let ticket = env.ticket(run, "power", order: state.order)
        if [.start, .hardReboot].contains(action), try await isGone(server, host, env, run) {
            // The host has no guest to start: it makes one around the disks that are there, and only around those.
            let ports = try await env.network.interfaces(of: state.server, run.context)
            let command = EnsureServer(
                ticket: ticket, spec: try await env.spec(of: server, ports: ports), disks: .keep)
            return try await env.agents.send(command, to: host, run.context)
        }
        let command = PowerServer(ticket: ticket, server: state.server, action: action)
        try await env.agents.send(command, to: host, run.context)
    }

    private static func done(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let transition = try transition(state)
        guard let report = run.report, let task = transition.task else { return }
        let power = try report.decode(PowerReport.self).powerState
        // Whatever the guest did meanwhile: what the host reports is what is. A `ServerPlaced` has it too.
        let result = Self.state(of: power) ?? transition.result ?? state.before
        _ = try await ServerStore.finish(
            state.server, tasks: [task], state: result, power: power, at: env.clock.now(), in: env.database,
            telling: env.telling(run, env.notice(state.action, .end, run)))
        try await env.finish(event(state.action), state.server, run)
    }

    private static func giveUp(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        guard let task = try transition(state).task else { return }
        let isReboot = [.reboot, .rebootHard].contains(state.action)
        // Nova tells of no other power action that it failed.
        let announcement = env.telling(run, isReboot ? env.notice(state.action, .error, run) : nil)
        if let failure = run.failure, try await isLost(state, failure, env, run) {
            let fault = ServerFault(code: 500, message: failure.message, details: failure.detail)
            _ = try await ServerStore.fail(
                state.server, fault, tasks: [task], at: env.clock.now(), in: env.database, telling: announcement)
        } else {
            _ = try await ServerStore.setTask(
                nil, from: [task], on: state.server, at: env.clock.now(), in: env.database, telling: announcement)
        }
        try await env.finish(event(state.action), state.server, run, error: run.failure?.message ?? "failed")
    }

    /// Whether the host has no guest of the server. It may have lost it a moment ago, and not said so yet.
    private static func isGone(
        _ server: Server, _ host: String, _ env: Environment, _ run: SagaRun
    ) async throws -> Bool {
        if server.powerState == .noState { return true }
        do {
            return try await !env.agents.has(server.id, on: host, run.context)
        } catch let error as ServiceError where [.unavailable, .timeout].contains(error.code) {
            // A host that is down obeys when it is back.
            return false
        }
    }

    /// Whether the server has no guest any more and its host refuses to make one: to try again is of no use until
    /// somebody brings back what is missing, and then a hard reboot will do.
    private static func isLost(
        _ state: State, _ failure: SagaFailure, _ env: Environment, _ run: SagaRun
    ) async throws -> Bool {
        guard [.start, .rebootHard].contains(state.action), failure.code == ServiceError.Code.conflict.name,
            let server = try await env.anyServer(state.server), let host = server.host
        else { return false }
        return try await isGone(server, host, env, run)
    }

    private static func transition(_ state: State) throws -> ServerTransition {
        guard let transition = ServerTransitions.of(state.action) else {
            throw ServiceError(.notImplemented, "\(state.action.rawValue) is not served.")
        }
        return transition
    }

    private static func action(_ action: ServerAction) -> PowerServer.Action? {
        switch action {
        case .start: .start
        case .stop: .stop
        case .reboot: .softReboot
        case .rebootHard: .hardReboot
        case .pause: .pause
        case .unpause: .unpause
        case .suspend: .suspend
        case .resume: .resume
        default: nil
        }
    }

    /// The stable state that a power state means.
    static func state(of power: PowerState) -> VMState? {
        switch power {
        case .running: .active
        case .paused: .paused
        case .shutdown, .crashed: .stopped
        case .suspended: .suspended
        case .noState: nil
        }
    }

    private static func event(_ action: ServerAction) -> String { "compute_\(action.recordedName)_instance" }
}
