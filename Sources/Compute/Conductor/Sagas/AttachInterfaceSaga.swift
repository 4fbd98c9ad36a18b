import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Plugs a network interface into a server.
enum AttachInterfaceSaga: Saga {
    typealias State = AttachInterfaceState
    typealias Environment = ConductorEnvironment

    static let name = State.sagaName
    static let version = State.sagaVersion
    static let event = "compute_attach_interface"

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("port", port, undo: releasePort),
        SagaStep("plug", wait: .seconds(180), plug, finish: plugged, undo: unplug),
    ]

    private static func port(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await env.server(state.server)
        try await env.begin(event, state.server, host: server.host, run)
        guard let host = server.host else { throw ServiceError(.conflict, "The server is on no host.") }
        guard let interface = try await ServerInterfaceStore.find(state.interface, in: env.database) else {
            throw ServiceError(.conflict, "The interface is gone.")
        }
        try await env.ensurePorts(of: server, [interface], host: host, zone: server.zone ?? "nova", run.context)
    }

    private static func plug(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await env.server(state.server)
        let interface = try await ServerInterfaceStore.find(state.interface, in: env.database)
        let ports = try await env.network.interfaces(of: state.server, run.context)
        guard let host = server.host, let port = ports.first(where: { $0.nic.port == interface?.port }) else {
            throw ServiceError(.conflict, "The port is gone.")
        }
        let command = PlugPort(
            ticket: env.ticket(run, "plug", order: state.order), server: state.server, nic: port.nic)
        try await env.agents.send(command, to: host, run.context)
    }

    private static func plugged(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.refreshAddresses(of: state.server, run.context)
        let interface = state.interface
        try await env.change(
            "interface-attached", of: state.server, telling: env.notice(.attachInterface, .end, run)
        ) { try ServerInterfaceStore.update(interface, state: .attached, in: $0) }
        try await env.finish(event, state.server, run)
    }

    /// The tap goes when the host gets to it; without its port it leads nowhere.
    private static func unplug(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let interface = try await ServerInterfaceStore.find(state.interface, in: env.database)
        guard let port = interface?.port, let host = try await env.anyServer(state.server)?.host else { return }
        let command = UnplugPort(
            ticket: env.ticket(run, "plug-undo", order: state.order), server: state.server, port: port)
        try await env.agents.send(command, to: host, run.context)
    }

    private static func releasePort(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.change(
            "interface-not-attached", of: state.server, telling: env.notice(.attachInterface, .error, run))
        try await env.finish(event, state.server, run, error: run.failure?.message ?? "failed")
        guard let interface = try await ServerInterfaceStore.find(state.interface, in: env.database) else { return }
        if let port = interface.port {
            try await env.release(port, isOurs: interface.isPortOurs, run.context)
        }
        // Made by a run that was lost before it could note it.
        let known = Set(try await ServerInterfaceStore.list(of: state.server, in: env.database).compactMap(\.port))
        for port in try await env.network.interfaces(of: state.server, run.context) where !known.contains(port.nic.port)
        {
            try await env.network.deletePort(port.nic.port, run.context)
        }
        try await ServerInterfaceStore.delete(state.interface, in: env.database)
        try await env.refreshAddresses(of: state.server, run.context)
    }
}
