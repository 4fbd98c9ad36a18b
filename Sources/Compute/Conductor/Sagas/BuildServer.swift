import ComputeModel
import ComputeStore
import Core
import Database
import SchedulerModel
import Workflow

/// Makes a server run on a host: a claim, ports, volumes, the guest, and its ports up.
enum BuildServer: Saga {
    typealias State = BuildServerState
    typealias Environment = ConductorEnvironment

    static let name = State.sagaName
    static let version = State.sagaVersion
    static let pluggedStep = "plugged"
    /// The names under which `os-instance-actions` shows it.
    static let event = "compute__do_build_and_run_instance"
    static let tasks: [TaskState] = [.scheduling, .networking, .blockDeviceMapping, .spawning]

    static let steps: [SagaStep<State, Environment>] = [
        SagaStep("begin", begin, undo: giveUp),
        SagaStep("claim", claim, undo: releaseClaim),
        SagaStep("ports", ports, undo: releasePorts),
        SagaStep("volumes", volumes, undo: releaseVolumes),
        SagaStep("spawn", wait: .seconds(1800), spawn, finish: spawned, undo: destroy),
        SagaStep(pluggedStep, wait: .seconds(300), awaitPorts, finish: portsChecked),
        SagaStep("activate", activate),
    ]

    // MARK: Steps

    private static func begin(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.begin(event, state.server, host: nil, run)
    }

    private static func claim(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await move(.scheduling, state, env, run)
        let choice = try await env.placement.select(env.placementRequest(for: server), run.context)
        state.host = choice.host
        state.node = choice.node
        let change = try await ServerStore.place(
            state.server, host: choice.host, node: choice.node, zone: choice.zone, at: env.clock.now(),
            in: env.database, telling: env.telling(run, env.notice(.create, .start, run)))
        _ = try stillBuilding(change, state)
    }

    private static func ports(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await move(.networking, state, env, run)
        let interfaces = try await ServerInterfaceStore.list(of: state.server, in: env.database)
        try await env.ensurePorts(
            of: server, interfaces, host: try host(state), zone: server.zone ?? "nova", run.context)
        try await env.refreshAddresses(of: state.server, run.context)
    }

    private static func volumes(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await move(.blockDeviceMapping, state, env, run)
        try await env.ensureVolumes(of: server, run)
    }

    private static func spawn(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let server = try await move(.spawning, state, env, run)
        let ports = try await env.network.interfaces(of: state.server, run.context)
        let command = EnsureServer(
            ticket: env.ticket(run, "spawn", order: state.order), spec: try await env.spec(of: server, ports: ports))
        try await env.agents.send(command, to: try host(state), run.context)
    }

    private static func spawned(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        guard let report = run.report else { return }
        let placed = try report.decode(ServerPlaced.self)
        let devices = try await BlockDeviceStore.list(of: [state.server], in: env.database)
        for device in devices {
            let name = device.volume.flatMap { placed.volumeDevices[$0.rawValue] }
            try await BlockDeviceStore.update(
                device.id, device: device.destination == .local && device.bootIndex == 0 ? placed.rootDevice : name,
                state: .attached, in: env.database)
        }
        try await env.database.execute(
            """
            UPDATE servers SET root_device_name = \(placed.rootDevice), version = version + 1
            WHERE id = \(state.server) AND deleted_at IS NULL
            """)
    }

    private static func awaitPorts(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        if try await arePortsUp(state, env, run) { try await env.sagas.reportDone(run, step: pluggedStep) }
    }

    /// A port came up, or somebody wants it checked: with several ports there is more to wait for.
    private static func portsChecked(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        _ = try await move(.spawning, state, env, run)
        guard try await !arePortsUp(state, env, run) else { return }
        if run.attempt < 300 { throw SagaRetry(after: .seconds(1), reason: "ports are not up yet") }
        throw ServiceError(.timeout, "The server's network interfaces did not come up in time.")
    }

    private static func activate(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let change = try await ServerStore.finish(
            state.server, tasks: tasks, state: .active, power: .running, at: env.clock.now(), in: env.database,
            telling: env.telling(run, env.notice(.create, .end, run)))
        if case .conflict(let row) = change {
            // Done by a run that was lost.
            guard try Server(row).vmState == .active else { throw interrupted(state) }
        } else if case .missing = change {
            throw interrupted(state)
        }
        for interface in try await ServerInterfaceStore.list(of: state.server, in: env.database) {
            try await ServerInterfaceStore.update(interface.id, state: .attached, in: env.database)
        }
        try await env.finish(event, state.server, run)
    }

    // MARK: Undoing

    private static func destroy(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        guard let host = state.host else { return }
        try await env.destroy(state.server, on: host, order: state.order, step: "spawn", run)
    }

    private static func releaseVolumes(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.releaseVolumes(of: state.server, deletes: false, run)
    }

    private static func releasePorts(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.releasePorts(of: state.server, run.context)
        try await ServerStore.setNetworkInfo([], of: state.server, at: env.clock.now(), in: env.database)
    }

    private static func releaseClaim(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        try await env.placement.release(state.server, run.context)
        // A server without a guest is on no host; one that is being deleted then needs none.
        try await env.database.execute(
            """
            UPDATE servers SET host = NULL, node = NULL, version = version + 1
            WHERE id = \(state.server) AND deleted_at IS NULL
            """)
    }

    /// Last of all: the server says why it is not there.
    private static func giveUp(_ state: inout State, _ env: Environment, _ run: SagaRun) async throws {
        let failure = run.failure
        let message = failure?.message ?? "The server could not be built."
        let (server, notices, host) = (state.server, env.notices, state.host)
        _ = try await ServerStore.fail(
            state.server, ServerFault(code: 500, message: message, details: failure?.detail), tasks: tasks,
            at: env.clock.now(), in: env.database,
            telling: env.telling(run, host.map { env.notice(.create, .error, run, host: $0) }),
            also: { transaction in
                guard host == nil else { return }
                try notices.writeUnbuilt(server, env.fault(run), run.context, cause: run.id, in: transaction)
            })
        notices.wake()
        try await env.finish(event, state.server, run, error: message)
    }

    // MARK: Parts

    /// Shows what is being done, and stops a build whose server is being deleted.
    private static func move(
        _ task: TaskState, _ state: State, _ env: Environment, _ run: SagaRun
    ) async throws -> Server {
        let change = try await ServerStore.setTask(
            task, from: tasks, on: state.server, at: env.clock.now(), in: env.database, telling: env.telling(run))
        return try stillBuilding(change, state)
    }

    private static func stillBuilding(_ change: Change, _ state: State) throws -> Server {
        guard case .changed(let row) = change else { throw interrupted(state) }
        return try Server(row)
    }

    private static func arePortsUp(_ state: State, _ env: Environment, _ run: SagaRun) async throws -> Bool {
        try await env.network.interfaces(of: state.server, run.context).allSatisfy(\.isActive)
    }

    private static func host(_ state: State) throws -> String {
        guard let host = state.host else { throw ServiceError(.internal, "The server has no host.") }
        return host
    }

    private static func interrupted(_ state: State) -> ServiceError {
        ServiceError(.conflict, "The build was interrupted: the server is being deleted.", detail: "\(state.server)")
    }
}
