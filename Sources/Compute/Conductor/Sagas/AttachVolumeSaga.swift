import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Connects a volume to a server.
enum AttachVolumeSaga: Saga {
    typealias State = AttachVolumeState
    typealias Environment = ConductorEnvironment

    static let name = State.sagaName
    static let version = State.sagaVersion
    static let event = "compute_attach_volume"

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("reserve", reserve, undo: release),
        SagaStep("attach", wait: .seconds(300), attach, finish: attached, undo: detach),
    ]

    private static func reserve(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.begin(event, state.server, host: nil, run)
        let attachment: AttachmentID
        if let known = state.attachment {
            attachment = known
        } else {
            attachment = try await env.volumes.ensureAttachment(of: state.volume, to: state.server, run.context)
        }
        state.attachment = attachment
        try await BlockDeviceStore.update(state.device, attachment: attachment, in: env.database)
    }

    private static func attach(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await env.server(state.server)
        guard let attachment = state.attachment,
            let device = try await BlockDeviceStore.find(state.device, in: env.database)
        else { throw ServiceError(.conflict, "The volume is being detached.") }
        guard let host = server.host else { throw ServiceError(.conflict, "The server is on no host.") }
        let command = AttachVolume(
            ticket: env.ticket(run, "attach", order: state.order), server: state.server,
            volume: VolumeSpec(
                volume: state.volume, attachment: attachment, bootIndex: device.bootIndex, device: device.deviceName,
                deleteOnTermination: device.deleteOnTermination))
        try await env.agents.send(command, to: host, run.context)
    }

    private static func attached(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let name = try run.report?.decode(VolumeAttached.self).device
        let device = state.device
        try await env.change("volume-attached", of: state.server, telling: notice(.end, state, env, run)) {
            try BlockDeviceStore.update(device, device: name, state: .attached, in: $0)
        }
        try await env.finish(event, state.server, run)
    }

    private static func notice(
        _ phase: ServerNotice.Phase, _ state: State, _ env: Environment, _ run: SagaRun
    ) -> ServerNotice {
        var notice = env.notice(.attachVolume, phase, run)
        notice.volume = state.volume
        return notice
    }

    /// The attachment may end only when the host has let the volume go, which takes a report: so a detach is
    /// started, which sees to the rest.
    private static func detach(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        guard let attachment = state.attachment else { return }
        let detach = DetachVolumeState(
            server: state.server, order: state.order, volume: state.volume, device: state.device,
            attachment: attachment)
        let context = run.context
        let id = compensationID(run.id)
        try await BlockDeviceStore.update(state.device, state: .detaching, in: env.database)
        try await env.database.transaction("undo-attach-volume") { transaction in
            guard try transaction.first("SELECT id FROM sagas WHERE id = \(id) FOR UPDATE") == nil else { return }
            try SagaStarter.start(
                DetachVolumeSaga.self, id: id, subject: detach.server.rawValue, state: detach, context: context,
                in: transaction)
        }
    }

    private static func release(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.change("volume-not-attached", of: state.server, telling: notice(.error, state, env, run))
        try await env.finish(event, state.server, run, error: run.failure?.message ?? "failed")
        // Past this step the detach that was started does it.
        guard run.failure?.step == "reserve" else { return }
        let device = try await BlockDeviceStore.find(state.device, in: env.database)
        if let attachment = state.attachment ?? device?.attachment {
            try await env.volumes.deleteAttachment(attachment, run.context)
        } else {
            // Reserved by a run that was lost: found again, then given back.
            let attachment = try await env.volumes.ensureAttachment(of: state.volume, to: state.server, run.context)
            try await env.volumes.deleteAttachment(attachment, run.context)
        }
        try await BlockDeviceStore.delete(state.device, in: env.database)
    }

    /// The id of the saga that undoes the saga `id`: always the same one.
    static func compensationID(_ id: String) -> String {
        guard let first = id.first else { return id }
        let digits = Array("0123456789abcdef")
        guard let value = digits.firstIndex(of: first) else { return "undo-" + id }
        return String(digits[value ^ 8]) + id.dropFirst()
    }
}
