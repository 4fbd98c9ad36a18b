import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Unplugs a network interface from a server, and frees its port.
enum DetachInterfaceSaga: Saga {
    typealias State = DetachInterfaceState
    typealias Environment = ConductorEnvironment

    static let name = State.sagaName
    static let version = State.sagaVersion
    static let event = "compute_detach_interface"

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("unplug", wait: .seconds(180), unplug, undo: keep),
        SagaStep("port", port),
    ]

    private static func unplug(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await env.anyServer(state.server)
        try await env.begin(event, state.server, host: server?.host, run)
        guard let host = server?.host else { return try await env.sagas.reportDone(run, step: "unplug") }
        let command = UnplugPort(
            ticket: env.ticket(run, "unplug", order: state.order), server: state.server, port: state.port)
        try await env.agents.send(command, to: host, run.context)
    }

    private static func port(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        if let interface = try await ServerInterfaceStore.find(state.interface, in: env.database) {
            try await env.release(state.port, isOurs: interface.isPortOurs, run.context)
        }
        try await env.refreshAddresses(of: state.server, run.context)
        let id = state.interface
        try await env.change(
            "interface-detached", of: state.server, telling: env.notice(.detachInterface, .end, run)
        ) { try ServerInterfaceStore.delete(id, in: $0) }
        try await env.finish(event, state.server, run)
    }

    private static func keep(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await ServerInterfaceStore.update(state.interface, state: .attached, in: env.database)
        try await env.finish(event, state.server, run, error: run.failure?.message ?? "failed")
    }
}
