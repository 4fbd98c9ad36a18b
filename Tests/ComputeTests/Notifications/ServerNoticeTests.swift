import ComputeModel
import ComputeStore
import Core
import Database
import FoundationEssentials
import Logging
import TestSupport
import Testing
import Workflow

@testable import ComputeAPI
@testable import Conductor

/// What a server's life puts into the outbox.
@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct ServerNoticeTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_100)

    private func notices(_ changes: String = "none") throws -> ServerNotices {
        let options = try Configuration(text: "[notifications]\nnotify_on_state_change = \(changes)\n")
        return ServerNotices(try options.read(NotificationOptions.self), daemonHost: "ctl", clock: WallClock { now })
    }

    private func with(
        _ notices: ServerNotices, _ body: (Database, ConductorEnvironment, ServerID) async throws -> Void
    ) async throws {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations) { database in
            let cloud = FakeCloud()
            let env = ConductorEnvironment(
                database: database, placement: cloud, network: cloud, volumes: cloud, images: cloud, agents: cloud,
                sagas: cloud, clock: WallClock { now }, logger: Logger(label: "test"), notices: notices)
            let server = sampleServer(IDGenerator.random.uuid())
            let madeAt = now
            try await database.transaction("make-server") { transaction in
                try ServerStore.insert(server, in: transaction)
                var interface = ServerInterface(id: IDGenerator.random.uuid(), server: server.id, position: 0)
                interface.network = NetworkID("net")
                try ServerInterfaceStore.insert(interface, at: madeAt, in: transaction)
            }
            try await body(database, env, server.id)
        }
    }

    private func run<S: Saga>(
        _: S.Type, _ state: S.State, _ id: String, _ env: ConductorEnvironment
    ) async throws where S.Environment == ConductorEnvironment {
        var state = state
        for step in S.steps {
            let report: JSONValue? =
                switch step.name {
                case "spawn": ["powerState": 1, "instanceName": "i", "rootDevice": "/dev/vda", "volumeDevices": [:]]
                case "power": ["powerState": 4]
                default: nil
                }
            let run = SagaRun(
                id: id, generation: 1, context: RequestContext(requestID: "req-\(id)", userID: UserID("u1")),
                report: report)
            try await step.run(&state, env, run)
            try await step.finish?(&state, env, run)
        }
    }

    private func told(_ database: Database) async throws -> [JSONValue] {
        let rows = try await database.query("SELECT payload FROM outbox ORDER BY number")
        return try rows.map { row in try row.get("payload", as: JSONValue.self)["payload"] ?? .null }
    }

    @Test func aLifeIsToldInOrderByTheHostThatHadIt() async throws {
        try await with(try notices()) { database, env, id in
            try await run(BuildServer.self, BuildServerState(server: id, order: 1), "s1", env)
            // In one process with the conductor, so with its clock and its name.
            let api = try sampleEnvironment(database).with(env.notices)
            let context = RequestContext(requestID: "req-stop")
            try await ServerActionStarter(api).start(.stop, on: id, overridesLock: false, context) { _, _, _ in nil }
            try await run(
                PowerServerSaga.self, PowerServerState(server: id, order: 2, action: .stop, before: .active), "s2", env)
            try await ServerDeletion(api).delete(id, overridesLock: false, context)
            try await run(DeleteServer.self, DeleteServerState(server: id, order: 3), "s3", env)

            let messages = try await told(database)
            #expect(
                messages.compactMap { $0["event_type"]?.string } == [
                    "instance.create.start", "instance.create.end", "instance.power_off.start",
                    "instance.power_off.end", "instance.delete.start", "instance.shutdown.start",
                    "instance.shutdown.end", "instance.delete.end",
                ])
            #expect(Set(messages.compactMap { $0["publisher_id"]?.string }) == ["nova-compute:h1"])
            let states = messages.compactMap { $0["payload"]?["nova_object.data"]?["state"]?.string }
            #expect(
                states == ["building", "active", "active", "stopped", "stopped", "stopped", "stopped", "deleted"])
            #expect(messages[1]["payload"]?["nova_object.data"]?["ip_addresses"]?.array?.count == 1)
            #expect(messages[2]["payload"]?["nova_object.data"]?["task_state"]?.string == "powering-off")
            #expect(messages[0]["_context_request_id"]?.string == "req-s1")
            #expect(messages.allSatisfy { $0["timestamp"]?.string == "2023-11-14 22:15:00.000000" })
            #expect(Set(messages.compactMap { $0["message_id"]?.string }).count == messages.count)
        }
    }

    @Test func aStepThatRunsAgainTellsTheSameMessage() async throws {
        try await with(try notices()) { database, env, id in
            var state = BuildServerState(server: id, order: 1)
            let claim = try #require(BuildServer.steps.first { $0.name == "claim" })
            for generation in 1...2 {
                let run = SagaRun(
                    id: "s1", generation: Int64(generation), context: RequestContext(requestID: "req-1"))
                try await claim.run(&state, env, run)
            }
            let ids = try await told(database).compactMap { $0["message_id"]?.string }
            #expect(ids.count == 2 && Set(ids).count == 1)
            #expect(UUID(uuidString: ids[0]) != nil)
        }
    }

    @Test func nothingIsToldOfWhatDidNotHappen() async throws {
        try await with(try notices("vm_and_task_state")) { database, env, id in
            let change = try await ServerStore.finish(
                id, tasks: [.poweringOff], state: .stopped, power: .shutdown, at: now, in: database,
                telling: Announcement(env.notices, RequestContext(requestID: "r"), ServerNotice("x", .end, .system())))
            if case .changed = change { Issue.record("it changed") }
            #expect(try await told(database).isEmpty)
        }
    }

    @Test func changesOfStateAreToldWhenAskedFor() async throws {
        try await with(try notices("vm_and_task_state")) { database, env, id in
            try await run(BuildServer.self, BuildServerState(server: id, order: 1), "s1", env)
            let updates = try await told(database).filter { $0["event_type"]?.string == "instance.update" }
                .compactMap { $0["payload"]?["nova_object.data"]?["state_update"]?["nova_object.data"] }
            let tasks = updates.map { "\($0["old_task_state"]?.string ?? "-")>\($0["new_task_state"]?.string ?? "-")" }
            #expect(
                tasks == [
                    "scheduling>networking", "networking>block_device_mapping", "block_device_mapping>spawning",
                    "spawning>-",
                ])
            #expect(updates.last?["old_state"]?.string == "building" && updates.last?["state"]?.string == "active")
        }
    }

    @Test func noHostIsAnErrorOfTheConductor() async throws {
        try await with(try notices()) { database, env, id in
            var state = BuildServerState(server: id, order: 1)
            let run = SagaRun(
                id: "s1", generation: 1, context: RequestContext(requestID: "req-1"),
                failure: SagaFailure(step: "claim", code: "conflict", message: "No valid host was found.", detail: nil))
            try await BuildServer.steps[0].undo?(&state, env, run)
            let message = try #require(try await told(database).first)
            #expect(message["event_type"]?.string == "compute_task.build_instances.error")
            #expect(message["priority"]?.string == "ERROR" && message["publisher_id"]?.string == "nova-conductor:ctl")
            let reason = message["payload"]?["nova_object.data"]?["reason"]?["nova_object.data"]
            #expect(reason?["exception_message"]?.string == "No valid host was found.")
        }
    }

    @Test func withoutADriverNoRowIsWritten() async throws {
        try await with(.off) { database, env, id in
            try await run(BuildServer.self, BuildServerState(server: id, order: 1), "s1", env)
            try await run(DeleteServer.self, DeleteServerState(server: id, order: 3), "s3", env)
            #expect(try await told(database).isEmpty)
        }
    }
}

extension ComputeEnvironment {
    func with(_ notices: ServerNotices) -> ComputeEnvironment {
        ComputeEnvironment(
            database: database, rpc: rpc, images: images, networks: networks, volumes: volumes, options: options,
            quotas: quotas, ids: ids, clock: clock, logger: logger, notices: notices)
    }
}
