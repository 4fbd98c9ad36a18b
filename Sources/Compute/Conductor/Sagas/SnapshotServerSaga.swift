import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Uploads a server's root disk into an image that exists already.
enum SnapshotServerSaga: Saga {
    typealias State = SnapshotServerState
    typealias Environment = ConductorEnvironment

    static let name = State.sagaName
    static let version = State.sagaVersion
    static let event = "compute_snapshot_instance"
    private static let tasks: [TaskState] = [.imageSnapshotPending, .imageSnapshot, .imageUploading]

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("snapshot", wait: .seconds(3 * 3600), snapshot, finish: taken, undo: giveUp)
    ]

    private static func snapshot(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let change = try await ServerStore.setTask(
            .imageUploading, from: tasks, on: state.server, at: env.clock.now(), in: env.database,
            telling: env.telling(run))
        guard case .changed(let row) = change, let host = try Server(row).host else {
            throw ServiceError(.conflict, "The server is on no host, or being deleted.")
        }
        try await env.begin(event, state.server, host: host, run)
        let command = SnapshotServer(
            ticket: env.ticket(run, "snapshot", order: state.order), server: state.server, image: state.image)
        try await env.agents.send(command, to: host, run.context)
    }

    private static func taken(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        var notice = env.notice(.createImage, .end, run)
        notice.image = state.image
        _ = try await ServerStore.setTask(
            nil, from: tasks, on: state.server, at: env.clock.now(), in: env.database, telling: env.telling(run, notice)
        )
        try await env.finish(event, state.server, run)
    }

    private static func giveUp(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.images.delete(state.image, run.context)
        _ = try await ServerStore.setTask(
            nil, from: tasks, on: state.server, at: env.clock.now(), in: env.database, telling: env.telling(run))
        try await env.finish(event, state.server, run, error: run.failure?.message ?? "failed")
    }
}
