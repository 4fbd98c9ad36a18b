import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Disconnects a volume from a server. Its attachment ends only after the host has let it go, so that no
/// device of it is left behind.
enum DetachVolumeSaga: Saga {
    typealias State = DetachVolumeState
    typealias Environment = ConductorEnvironment

    static let name = State.sagaName
    static let version = State.sagaVersion
    static let event = "compute_detach_volume"

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("detach", wait: .seconds(300), detach, undo: keep),
        SagaStep("release", release),
    ]

    private static func detach(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await env.anyServer(state.server)
        try await env.begin(event, state.server, host: server?.host, run)
        guard let host = server?.host else { return try await env.sagas.reportDone(run, step: "detach") }
        let command = DetachVolume(
            ticket: env.ticket(run, "detach", order: state.order), server: state.server, volume: state.volume,
            attachment: state.attachment)
        try await env.agents.send(command, to: host, run.context)
    }

    private static func release(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.volumes.deleteAttachment(state.attachment, run.context)
        var notice = env.notice(.detachVolume, .end, run)
        notice.volume = state.volume
        let device = state.device
        try await env.change("volume-detached", of: state.server, telling: notice) {
            try BlockDeviceStore.delete(device, in: $0)
        }
        try await env.finish(event, state.server, run)
    }

    /// The guest would not let it go: it stays attached, and may be detached again.
    private static func keep(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await BlockDeviceStore.update(state.device, state: .attached, in: env.database)
        try await env.finish(event, state.server, run, error: run.failure?.message ?? "failed")
    }
}
