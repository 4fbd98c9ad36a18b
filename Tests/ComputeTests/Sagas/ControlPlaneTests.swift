import ComputeModel
import ComputeStore
import Core
import Database
import FoundationEssentials
import Logging
import Messaging
import TestSupport
import Testing
import Workflow

@testable import Conductor

/// The real engine, RPC and conductor's handlers, with an agent that does as told: the life of a server.
@Suite(.enabled(if: TestServices.isDatabaseAvailable), .serialized)
struct ControlPlaneTests {
    private static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    /// A host's agent: acts and reports, or keeps quiet.
    final class TestAgent: Sendable {
        let cloud: FakeCloud
        let client: RPCClient
        private let silent = Locked(false)
        private let failing = Locked(false)

        init(_ cloud: FakeCloud, _ broker: any MessageBroker) {
            self.cloud = cloud
            client = RPCClient(broker)
        }

        var isSilent: Bool {
            get { silent.withLock { $0 } }
            set { silent.withLock { $0 = newValue } }
        }

        var isFailing: Bool {
            get { failing.withLock { $0 } }
            set { failing.withLock { $0 = newValue } }
        }

        var handlers: RPCHandlers {
            var handlers = RPCHandlers()
            handlers.on(EnsureServer.self) { [self] command, context in
                if isSilent { return }
                if isFailing {
                    return try await report(
                        command.ticket, command.spec.server, .null, context,
                        failure: StepFailure(code: "conflict", message: "The image is broken."))
                }
                if command.disks == .keep, !cloud.now.disks.contains(command.spec.server) {
                    return try await report(
                        command.ticket, command.spec.server, .null, context,
                        failure: StepFailure(code: "conflict", message: "The server's root disk is missing."))
                }
                try await cloud.send(command, to: "h1", context)
                let placed = ServerPlaced(
                    powerState: .running, instanceName: "i", rootDevice: "/dev/vda", volumeDevices: [:])
                try await report(command.ticket, command.spec.server, JSONValue(encoding: placed), context)
            }
            handlers.on(DestroyServer.self) { [self] command, context in
                try await cloud.send(command, to: "h1", context)
                try await report(command.ticket, command.server, .null, context)
            }
            handlers.on(PowerServer.self) { [self] command, context in
                let power: PowerState = command.action == .stop ? .shutdown : .running
                try await report(
                    command.ticket, command.server, JSONValue(encoding: PowerReport(powerState: power)), context)
            }
            handlers.on(GetPowerState.self) { [self] call, context in
                guard try await cloud.has(call.server, on: "h1", context) else {
                    throw ServiceError(.notFound, "no such server")
                }
                return .init(powerState: .running)
            }
            return handlers
        }

        private func report(
            _ ticket: StepTicket, _ server: ServerID, _ result: JSONValue, _ context: RequestContext,
            failure: StepFailure? = nil
        ) async throws {
            try await client.cast(
                ReportStep(ticket: ticket, server: server, host: "h1", result: result, failure: failure), context)
        }
    }

    struct Plane: Sendable {
        let database: Database
        let cloud: FakeCloud
        let agent: TestAgent
        let engine: SagaEngine<ConductorEnvironment>
        let context = RequestContext(requestID: "req-plane", userID: UserID("u1"), projectID: ProjectID("p1"))

        /// As compute-api does it: the row and its saga in one transaction.
        func create() async throws -> ServerID {
            let server = sampleServer(IDGenerator.random.uuid())
            let context = context
            try await database.transaction("create") { transaction in
                try ServerStore.insert(server, in: transaction)
                var interface = ServerInterface(id: IDGenerator.random.uuid(), server: server.id, position: 0)
                interface.network = NetworkID("net")
                try ServerInterfaceStore.insert(interface, at: server.createdAt, in: transaction)
                try ServerActionStore.begin(.create, on: server.id, context, at: server.createdAt, in: transaction)
                try SagaStarter.start(
                    BuildServer.self, id: IDGenerator.random.uuid(), subject: server.id.rawValue,
                    state: BuildServerState(server: server.id, order: 1), context: context, in: transaction)
            }
            engine.wake()
            return server.id
        }

        func start<S: Saga & SendableMetatype>(_ saga: S.Type, _ state: S.State, _ server: ServerID, task: TaskState)
            async throws
        {
            let context = context
            try await database.transaction("act") { transaction in
                try transaction.execute("UPDATE servers SET task_state = \(task) WHERE id = \(server)")
                try SagaStarter.start(
                    saga, id: IDGenerator.random.uuid(), subject: server.rawValue, state: state, context: context,
                    in: transaction)
            }
            engine.wake()
        }

        func server(_ id: ServerID) async throws -> Server {
            try #require(try await ServerStore.find(id, in: database))
        }

        /// The create action once it has ended, or as it is after some seconds.
        func finishedAction(
            of id: ServerID
        ) async throws -> (ServerActionStore.Action, [ServerActionStore.Event]) {
            let end = ContinuousClock.now + .seconds(10)
            while true {
                let found = try #require(
                    try await ServerActionStore.find(request: "req-plane", of: id, in: database))
                if found.0.finishedAt != nil || ContinuousClock.now > end { return found }
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        /// The sagas' statuses by their names, once they are these, or as they are after some seconds.
        func sagas(until expected: [String]) async throws -> [String] {
            let end = ContinuousClock.now + .seconds(10)
            while true {
                let rows = try await database.query("SELECT status FROM sagas ORDER BY name")
                let found = try rows.map { try $0.get("status", as: String.self) }
                if found == expected || ContinuousClock.now > end { return found }
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        func eventually(_ what: String, _ id: ServerID, _ condition: (Server) -> Bool) async throws {
            let end = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < end {
                if condition(try await server(id)) { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            let last = try await server(id)
            let sagas = try await database.query("SELECT name, status, step_name, waiting_for, failure FROM sagas")
            let lines = try sagas.map { row in
                "\(try row.get("name", as: String.self)) \(try row.get("status", as: String.self)) "
                    + "\(try row.get("step_name", as: String?.self) ?? "") \(try row.get("waiting_for", as: String?.self) ?? "") "
                    + "\(try row.get("failure", as: String?.self) ?? "")"
            }
            throw ServiceError(
                .timeout, "waited in vain: \(what); \(last.vmState) \(String(describing: last.taskState)) \(lines)")
        }

        func expectNothingLeft() {
            let left = cloud.now
            #expect(left.claims.isEmpty && left.ports.isEmpty && left.domains.isEmpty && left.attachments.isEmpty)
        }
    }

    private func withPlane(_ body: @escaping @Sendable (Plane) async throws -> Void) async throws {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations, poolSize: 4) {
            database in
            let broker = InMemoryBroker()
            let cloud = FakeCloud()
            let agent = TestAgent(cloud, broker)
            let control = EngineControl(database: database)
            let env = ConductorEnvironment(
                database: database, placement: cloud, network: cloud, volumes: cloud, images: cloud,
                agents: RemoteAgents(client: RPCClient(broker)), sagas: control, logger: Self.logger)
            let engine = SagaEngine(
                database: database, environment: env, owner: "test", sagas: ConductorService.allSagas,
                logger: Self.logger, clock: .system)
            control.use(engine)
            try await HostStore.seen(
                host: "h1", binary: "nova-compute", newID: IDGenerator.random.uuid(), at: WallClock.system.now(),
                in: database)
            let conductor = RPCServer(
                broker, topic: ConductorTopic.self, handlers: conductorHandlers(env, engine, domain: ""),
                logger: Self.logger)
            let host = RPCServer(
                broker, topic: ComputeTopic.self, instance: "h1", handlers: agent.handlers, logger: Self.logger)
            let plane = Plane(database: database, cloud: cloud, agent: agent, engine: engine)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await conductor.run()
                    return false
                }
                group.addTask {
                    try await host.run()
                    return false
                }
                group.addTask {
                    try await engine.run()
                    return false
                }
                group.addTask {
                    try await body(plane)
                    return true
                }
                while let isDone = try await group.next() {
                    if isDone { group.cancelAll() }
                }
            }
        }
    }

    @Test func aServerIsBuiltStoppedAndDeleted() async throws {
        try await withPlane { plane in
            let id = try await plane.create()
            try await plane.eventually("ACTIVE", id) { $0.vmState == .active && $0.taskState == nil }
            let built = try await plane.server(id)
            #expect(built.host == "h1" && built.powerState == .running && built.launchedAt != nil)
            #expect(built.networkInfo.first?.addresses.first?.address == "10.0.0.5")
            // The record of the action ends just after the server is ACTIVE.
            let (action, events) = try await plane.finishedAction(of: id)
            #expect(action.finishedAt != nil && events.first?.result == "Success")

            try await plane.start(
                PowerServerSaga.self, PowerServerState(server: id, order: 2, action: .stop, before: .active), id,
                task: .poweringOff)
            try await plane.eventually("SHUTOFF", id) { $0.vmState == .stopped && $0.powerState == .shutdown }

            try await plane.start(DeleteServer.self, DeleteServerState(server: id, order: 3), id, task: .deleting)
            try await plane.eventually("deleted", id) { $0.vmState == .deleted }
            plane.expectNothingLeft()
        }
    }

    @Test func aBuildWaitsForItsPortsToComeUp() async throws {
        try await withPlane { plane in
            plane.cloud.change { $0.portsUp = false }
            let id = try await plane.create()
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await plane.server(id).vmState == .building)
            plane.cloud.change { $0.portsUp = true }
            let event = ServerExternalEvent(event: "network-vif-plugged", server: id, tag: "p", status: "completed")
            try await plane.agent.client.cast(event, plane.context)
            try await plane.eventually("ACTIVE", id) { $0.vmState == .active }
        }
    }

    @Test func aServerIsDeletedWhileItIsBuilt() async throws {
        try await withPlane { plane in
            plane.agent.isSilent = true
            let id = try await plane.create()
            try await plane.eventually("spawning", id) { $0.taskState == .spawning }
            try await plane.start(DeleteServer.self, DeleteServerState(server: id, order: 2), id, task: .deleting)
            try await plane.eventually("deleted", id) { $0.vmState == .deleted }
            plane.expectNothingLeft()
            // The delete is noted as done just after the server is gone.
            #expect(try await plane.sagas(until: ["failed", "succeeded"]) == ["failed", "succeeded"])
        }
    }

    @Test(arguments: [ServerAction.start, .rebootHard])
    func aServerThatLostItsDiskSaysSoAndStartsOnceItIsBack(_ action: ServerAction) async throws {
        try await withPlane { plane in
            let id = try await plane.create()
            try await plane.eventually("ACTIVE", id) { $0.vmState == .active && $0.taskState == nil }
            plane.cloud.change { cloud in
                cloud.domains = []
                cloud.disks = []
            }
            try await plane.agent.client.cast(
                ReportPowerState(server: id, host: "h1", powerState: .noState, event: .removed), plane.context)
            try await plane.eventually("SHUTOFF", id) { $0.vmState == .stopped && $0.powerState == .noState }

            let task = try #require(ServerTransitions.of(action)?.task)
            try await plane.start(
                PowerServerSaga.self, PowerServerState(server: id, order: 2, action: action, before: .stopped), id,
                task: task)
            try await plane.eventually("ERROR", id) { $0.vmState == .error && $0.taskState == nil }
            let fault = try #require(try await ServerStore.fault(of: id, in: plane.database)).0
            #expect(fault.message == "The server's root disk is missing.")
            #expect(plane.cloud.now.domains.isEmpty && plane.cloud.now.disks.isEmpty)

            plane.cloud.change { $0.disks = [id] }
            try await plane.start(
                PowerServerSaga.self, PowerServerState(server: id, order: 3, action: .rebootHard, before: .error), id,
                task: .rebootingHard)
            try await plane.eventually("ACTIVE", id) { $0.vmState == .active && $0.powerState == .running }
        }
    }

    @Test func aServerWhoseGuestVanishedUnnoticedStartsAgain() async throws {
        try await withPlane { plane in
            let id = try await plane.create()
            try await plane.eventually("ACTIVE", id) { $0.vmState == .active && $0.taskState == nil }
            try await plane.start(
                PowerServerSaga.self, PowerServerState(server: id, order: 2, action: .stop, before: .active), id,
                task: .poweringOff)
            try await plane.eventually("SHUTOFF", id) { $0.vmState == .stopped && $0.taskState == nil }
            plane.cloud.change { $0.domains = [] }
            try await plane.start(
                PowerServerSaga.self, PowerServerState(server: id, order: 3, action: .start, before: .stopped), id,
                task: .poweringOn)
            try await plane.eventually("ACTIVE", id) { $0.vmState == .active && $0.taskState == nil }
            #expect(plane.cloud.now.domains == [id])
        }
    }

    @Test func aHostThatCannotBuildItLeavesAFaultAndNothingElse() async throws {
        try await withPlane { plane in
            plane.agent.isFailing = true
            let id = try await plane.create()
            try await plane.eventually("ERROR", id) { $0.vmState == .error }
            let fault = try #require(try await ServerStore.fault(of: id, in: plane.database)).0
            #expect(fault.message == "The image is broken.")
            plane.expectNothingLeft()
            try await plane.start(DeleteServer.self, DeleteServerState(server: id, order: 2), id, task: .deleting)
            try await plane.eventually("deleted", id) { $0.vmState == .deleted }
        }
    }
}
