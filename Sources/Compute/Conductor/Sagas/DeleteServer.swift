import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Removes a server, whatever it is doing: what else is at work on it is made to give up first.
enum DeleteServer: Saga {
    typealias State = DeleteServerState
    typealias Environment = ConductorEnvironment

    static let name = State.sagaName
    static let version = State.sagaVersion
    static let event = "compute_terminate_instance"

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("begin", begin, undo: giveUp),
        SagaStep("destroy", wait: .seconds(300), destroy, finish: destroyed),
        SagaStep("ports", { state, env, run in try await env.releasePorts(of: state.server, run.context) }),
        SagaStep(
            "volumes",
            { state, env, run in
                try await env.releaseVolumes(of: state.server, deletes: true, run)
            }),
        SagaStep("release", { state, env, run in try await env.placement.release(state.server, run.context) }),
        SagaStep("forget", forget),
    ]

    private static func begin(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await env.anyServer(state.server)
        try await env.begin(event, state.server, host: server?.host, run)
        if try await env.sagas.abortOthers(of: state.server, except: run.id) {
            throw SagaRetry(after: .milliseconds(500), reason: "other work on the server is being undone")
        }
    }

    private static func destroy(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        guard let server = try await env.anyServer(state.server), let host = server.host else {
            return try await env.sagas.reportDone(run, step: "destroy")
        }
        try await env.change("server-shuts-down", of: state.server, telling: env.notice("shutdown", .start, run))
        let command = DestroyServer(ticket: env.ticket(run, "destroy", order: state.order), server: state.server)
        try await env.agents.send(command, to: host, run.context)
        // A host that is down finds the command when it returns; the user does not wait for that.
        if try await !env.isUp(host) { try await env.sagas.reportDone(run, step: "destroy") }
    }

    private static func destroyed(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        guard try await env.anyServer(state.server)?.host != nil else { return }
        try await env.change("server-is-shut-down", of: state.server, telling: env.notice("shutdown", .end, run))
    }

    private static func forget(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = state.server
        let now = env.clock.now()
        let announcement = env.telling(run, env.notice(.delete, .end, run))
        try await env.database.transaction("delete-server") { transaction in
            let old = try announcement?.before(server, in: transaction)
            guard try ServerStore.markDeleted(server, at: now, in: transaction), let announcement,
                let deleted = try ServerStore.find(server, in: transaction)
            else { return }
            try announcement.write(from: old, to: deleted, in: transaction)
        }
        env.notices.wake()
        try await env.finish(event, state.server, run)
    }

    /// What could not be deleted says why, and may be deleted again.
    private static func giveUp(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let message = run.failure?.message ?? "The server could not be deleted."
        _ = try await ServerStore.fail(
            state.server, ServerFault(code: 500, message: message, details: run.failure?.detail), tasks: [.deleting],
            at: env.clock.now(), in: env.database, telling: env.telling(run))
        try await env.finish(event, state.server, run, error: message)
    }
}
