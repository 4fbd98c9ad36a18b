import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// What happens to servers without our asking.
struct ServerEvents: Sendable {
    let env: ConductorEnvironment
    let engine: SagaEngine<ConductorEnvironment>

    /// A guest shut down, crashed or was found otherwise than we left it. A server that is busy, or placed on
    /// another host, is left to those who are busy with it.
    func powerState(_ report: ReportPowerState) async throws {
        guard let server = try await ServerStore.find(report.server, in: env.database), server.deletedAt == nil,
            server.host == report.host
        else { return }
        // Its guest is gone, for instance because the host was made anew: to start it defines it again.
        let lost = report.event == .removed && report.powerState == .noState
        guard let state = lost ? .stopped : PowerServerSaga.state(of: report.powerState) else {
            try await env.database.execute(
                """
                UPDATE servers SET power_state = \(report.powerState.rawValue), version = version + 1
                WHERE id = \(report.server) AND task_state IS NULL AND power_state <> \(report.powerState.rawValue)
                """)
            return
        }
        guard state != server.vmState || report.powerState != server.powerState else { return }
        _ = try await ServerStore.observe(
            report.server, power: report.powerState, state: state,
            from: [.active, .paused, .suspended, .stopped], at: env.clock.now(), in: env.database,
            telling: Announcement(env.notices, .system(env.ids)))
    }

    /// What another service saw happen to a server.
    func external(_ event: ServerExternalEvent, _ context: RequestContext) async throws {
        switch event.event {
        case "network-vif-plugged":
            if event.status == "failed" {
                let failure = ServiceError(.conflict, "A network interface of the server could not be bound.")
                try await engine.report(
                    subject: event.server.rawValue, step: BuildServer.pluggedStep, .null, failure: failure)
            } else {
                try await engine.report(
                    subject: event.server.rawValue, step: BuildServer.pluggedStep,
                    event.tag.map { .string($0) } ?? .null)
            }
        case "network-changed":
            try await refresh(event.server, context)
        case "network-vif-deleted":
            if let port = event.tag {
                try await env.database.execute(
                    """
                    DELETE FROM server_interfaces
                    WHERE server_id = \(event.server) AND port_id = \(port) AND state = 'attached'
                    """)
            }
            try await refresh(event.server, context)
        default:
            break
        }
    }

    private func refresh(_ server: ServerID, _ context: RequestContext) async throws {
        guard let row = try await ServerStore.find(server, in: env.database), row.deletedAt == nil else { return }
        try await env.refreshAddresses(of: server, context)
    }
}
