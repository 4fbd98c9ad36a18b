import ComputeModel
import ComputeStore
import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct ServerStoreTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_100)

    private func withServer(_ body: (Database, ServerID) async throws -> Void) async throws {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations) { database in
            let server = sampleServer()
            try await database.transaction("insert") { try ServerStore.insert(server, in: $0) }
            try await body(database, server.id)
        }
    }

    @Test func aServerComesBackAsItWentIn() async throws {
        try await withServer { database, id in
            let server = try #require(try await ServerStore.find(id, in: database))
            #expect(server.name == "web")
            #expect(server.flavor == sampleServer().flavor)
            #expect(server.image == sampleServer().image)
            #expect(server.vmState == .building && server.taskState == .scheduling)
            #expect(server.createdAt == sampleServer().createdAt)
            #expect(server.instanceName == "instance-00000001")
        }
    }

    @Test func anActionStartsOnceAndIsRefusedWhileItRuns() async throws {
        try await withServer { database, id in
            let now = now
            let stop = try #require(ServerTransitions.of(.stop))
            let early = try await database.transaction("stop") {
                try ServerStore.begin(stop, on: id, at: now, in: $0)
            }
            guard case .conflict = early else { return #expect(Bool(false), "a server being built was stopped") }
            _ = try await ServerStore.finish(
                id, tasks: [.scheduling], state: .active, power: .running, at: now, in: database)
            let first = try await database.transaction("stop") {
                try ServerStore.begin(stop, on: id, at: now, in: $0)
            }
            guard case .changed(let row) = first else { return #expect(Bool(false), "stop was refused") }
            #expect(try Server(row).taskState == .poweringOff)
            let second = try await database.transaction("stop") {
                try ServerStore.begin(stop, on: id, at: now, in: $0)
            }
            guard case .conflict = second else { return #expect(Bool(false), "stop started twice") }
        }
    }

    @Test func aLockHasEndedWithItsRequestAndAStopHasNot() async throws {
        try await withServer { database, id in
            let now = now
            try await database.transaction("actions") { transaction in
                for (action, request) in [(ServerAction.lock, "req-1"), (.stop, "req-2")] {
                    try ServerActionStore.begin(
                        action, on: id, RequestContext(requestID: request), at: now, in: transaction)
                }
            }
            let ends = try await ServerActionStore.list(of: id, in: database).map { [$0.action: $0.finishedAt] }
            #expect(ends == [["stop": nil], ["lock": now]])
        }
    }

    @Test func aServerThatIsBeingDeletedDoesNotBecomeActive() async throws {
        try await withServer { database, id in
            let now = now
            let delete = try #require(ServerTransitions.of(.delete))
            _ = try await database.transaction("delete") { try ServerStore.begin(delete, on: id, at: now, in: $0) }
            let late = try await ServerStore.finish(
                id, tasks: [.scheduling, .spawning], state: .active, power: .running, at: now, in: database)
            guard case .conflict = late else { return #expect(Bool(false), "the build won over the delete") }
            #expect(
                try await ServerStore.fail(
                    id, ServerFault(message: "No valid host"), tasks: [.scheduling], at: now, in: database) == false)
        }
    }

    @Test func useOfAQuotaIsWhatTheRowsSay() async throws {
        try await withServer { database, id in
            let now = now
            let project = ProjectID("p1")
            #expect(
                try await QuotaStore.usage(of: project, in: database)
                    == QuotaStore.Usage(servers: 1, vcpus: 2, memoryMiB: 512))
            let wasThere = try await database.transaction("end") {
                try ServerStore.markDeleted(id, at: now, in: $0)
            }
            #expect(wasThere)
            #expect(try await QuotaStore.usage(of: project, in: database) == QuotaStore.Usage())
        }
    }
}
