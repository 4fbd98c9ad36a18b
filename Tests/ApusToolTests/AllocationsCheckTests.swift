import Core
import Database
import Logging
import Messaging
import SchedulerModel
import TestSupport
import Testing

@testable import Doctor
@testable import Scheduler

@Suite("Allocations against servers", .enabled(if: TestServices.isDatabaseAvailable))
struct AllocationsCheckTests {
    private let services = ["compute", "placement"]

    @Test("a claim without a server and a server without a claim are found")
    func findsBoth() async throws {
        try await TestCloud.with(services) { test in
            try await test.makeServer(testID(1), host: "h1")
            try await test.makeServer(testID(2), host: "h1")
            try await test.makeClaim(testID(2))
            try await test.makeServer(testID(3), isDeleted: true)
            try await test.makeClaim(testID(3))
            let found = try await test.findings(AllocationsCheck())
            #expect(
                Set(found.map(\.key)) == ["missing allocation of \(testID(1))", "leftover allocation of \(testID(3))"])
            #expect(found.first { $0.kind == .missing }?.rank == .critical)
        }
    }

    @Test("a server that is being built or deleted is left in peace")
    func ignoresWorkInProgress() async throws {
        try await TestCloud.with(services) { test in
            try await test.makeServer(testID(1), host: "h1")
            try await test.makeSaga("s1", of: testID(1))
            try await test.makeServer(testID(2), isDeleted: true)
            try await test.makeClaim(testID(2))
            try await test.makeSaga("s2", of: testID(2), name: "delete-server")
            #expect(try await test.findings(AllocationsCheck()).isEmpty)
            try await test.endSaga("s1")
            try await test.endSaga("s2")
            #expect(try await test.findings(AllocationsCheck()).count == 2)
        }
    }

    @Test("a claim on another host than the server's is found")
    func findsWrongHost() async throws {
        try await TestCloud.with(services) { test in
            try await test.makeServer(testID(1), host: "h2")
            try await test.makeClaim(testID(1), host: "h1")
            #expect(try await test.findings(AllocationsCheck()).map(\.kind) == [.mismatch])
        }
    }

    @Test("a consumer that never was a server of ours is shown and not released")
    func leavesStrangersAlone() async throws {
        try await TestCloud.with(services) { test in
            try await test.makeClaim(testID(9))
            let found = try await test.findings(AllocationsCheck())
            #expect(found.count == 1)
            #expect(found.first?.repair == nil)
        }
    }

    @Test("the scheduler is asked to release a leftover claim", .enabled(if: TestServices.isAvailable))
    func releasesByAskingTheScheduler() async throws {
        let url = try #require(TestServices.rabbitMQURL)
        let settings = ["scheduler.conf": "[messaging]\nurl = \(url)\n"]
        try await TestCloud.with(services, settings: settings) { test in
            try await test.makeServer(testID(3), isDeleted: true)
            try await test.makeClaim(testID(3))
            let claims = ClaimStore(database: try await test.cloud.database("placement"))
            try await withScheduler(claims, url) {
                let repairs = try await test.repair(AllocationsCheck())
                #expect(repairs.map(\.result) == [.done])
                #expect(try await test.findings(AllocationsCheck()).isEmpty)
                #expect(try test.journal.entries() == repairs)
            }
        }
    }

    @Test("a claim whose server has come to be again, or is worked on, is not released")
    func refusesWhenTheServerExists() async throws {
        try await TestCloud.with(services) { test in
            try await test.makeServer(testID(3), isDeleted: true)
            try await test.makeClaim(testID(3))
            let repair = try #require(try await test.findings(AllocationsCheck()).first?.repair)
            try await test.makeSaga("s1", of: testID(3), name: "delete-server")
            #expect(try await repair.apply(test.cloud) == .refused("a workflow of it is under way"))
            try await test.endSaga("s1")
            try await test.execute("compute", "UPDATE servers SET deleted_at = NULL, vm_state = 'active'")
            #expect(try await repair.apply(test.cloud) == .refused("the server exists"))
            try await test.execute("compute", "UPDATE servers SET deleted_at = UTC_TIMESTAMP(6)")
            try await test.execute("placement", "DELETE FROM allocations")
            #expect(try await repair.apply(test.cloud) == .refused("the claim is gone already"))
        }
    }

    /// Whether a scheduler does. No while the broker is away: other tests restart it.
    private func listens(_ url: String) async throws -> Bool {
        do {
            let seen = try await BrokerInspection.run(try MessagingOptions(url: url), queues: ["scheduler.calls"])
            return seen.queues.first?.consumers == 1
        } catch let error as ServiceError where error.code == .unavailable {
            return false
        }
    }

    /// A scheduler that answers `release_claim`, while `body` runs.
    private func withScheduler(_ claims: ClaimStore, _ url: String, _ body: () async throws -> Void) async throws {
        var handlers = RPCHandlers()
        handlers.on(ReleaseClaim.self) { call, _ in
            try await claims.release(call.server)
            return RPCNothing()
        }
        let broker = AMQPBroker(try MessagingOptions(url: url), logger: Logger(label: "test"))
        let server = RPCServer(broker, topic: SchedulerTopic.self, handlers: handlers, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await broker.run() }
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            // The queue is there as soon as the server listens.
            for _ in 0..<600 {
                if try await listens(url) { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            try await body()
        }
    }
}
