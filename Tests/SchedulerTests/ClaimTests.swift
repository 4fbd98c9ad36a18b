import Core
import Database
import FoundationEssentials
import Logging
import Messaging
import SchedulerModel
import TestSupport
import Testing

@testable import Scheduler

@Suite(.enabled(if: TestServices.isDatabaseAvailable), .serialized)
struct ClaimTests {
    private func withScheduler(_ body: (Database, DestinationSelector) async throws -> Void) async throws {
        try await TestServices.withDatabase(service: "placement", migrations: placementMigrations, poolSize: 8) {
            let database = $0
            try await body(database, selector(database))
        }
    }

    private func selector(_ database: Database) -> DestinationSelector {
        let hosts = HostStore(database: database)
        return DestinationSelector(
            hosts: HostSnapshot(maximumAge: .seconds(1)) { try await hosts.candidates() },
            claims: ClaimStore(database: database), selections: SelectionStore(database: database),
            selection: HostSelection(filters: allFilters, ranking: HostRanking(weighers: [(RAMWeigher(), 1)])),
            downAfterSeconds: 60, clock: .system, logger: Logger(label: "test"))
    }

    private func host(_ name: String, memory: Int) -> HostState {
        HostState(
            host: name, node: name, provider: IDGenerator.random.uuid(),
            inventory: [
                "VCPU": .init(total: 64, allocationRatio: 16), "MEMORY_MB": .init(total: memory),
                "DISK_GB": .init(total: 1000),
            ], seenAt: WallClock.system.now())
    }

    private func call(_ server: ServerID = ServerID(IDGenerator.random.uuid()), memory: Int = 512) -> SelectDestinations
    {
        SelectDestinations(
            server: server, project: ProjectID("p"), user: UserID("u"),
            resources: ["VCPU": 1, "MEMORY_MB": memory, "DISK_GB": 1], request: PlacementRequest())
    }

    @Test func aServerKeepsItsHostAndGivesItBack() async throws {
        try await withScheduler { database, selector in
            let hosts = HostStore(database: database)
            try await hosts.update(host("a", memory: 1024))
            let server = ServerID(IDGenerator.random.uuid())
            let first = try await selector.select(call(server))
            #expect(first.host == "a" && first.selection.considered == 1)
            let again = try await selector.select(call(server))
            #expect(again.host == "a")
            let used = try await database.first(
                "SELECT CAST(SUM(used) AS SIGNED) AS n FROM allocations WHERE resource_class = 'MEMORY_MB'")
            #expect(try used?.get("n", as: Int.self) == 512)
            try await selector.claims.release(server)
            try await selector.claims.release(server)
            #expect(try await selector.claims.provider(of: server) == nil)
        }
    }

    @Test func whatDoesNotFitIsRefusedAndExplained() async throws {
        try await withScheduler { database, selector in
            try await HostStore(database: database).update(host("a", memory: 1024))
            let server = ServerID(IDGenerator.random.uuid())
            let error = await #expect(throws: ServiceError.self) {
                try await selector.select(call(server, memory: 2048))
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("RamFilter removed 1") == true)
            let kept = try #require(try await selector.selections.selection(of: server))
            #expect(kept.host == nil && kept.filters.map(\.name) == ["RamFilter"])
        }
    }

    /// Three schedulers, each with its own snapshot, place 60 servers where 20 fit.
    @Test func schedulersThatRaceNeverUseMoreThanThereIs() async throws {
        try await withScheduler { database, _ in
            let hosts = HostStore(database: database)
            try await hosts.update(host("a", memory: 5120))
            try await hosts.update(host("b", memory: 5120))
            let selectors = (0..<3).map { _ in selector(database) }
            let placed = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<60 {
                    let selector = selectors[number % 3]
                    group.addTask {
                        while true {
                            do {
                                _ = try await selector.select(self.call())
                                return true
                            } catch let error as ServiceError where error.code == .unavailable {
                                continue
                            } catch {
                                return false
                            }
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(placed == 20)
            let rows = try await database.query(
                """
                SELECT provider, CAST(SUM(used) AS SIGNED) AS used FROM allocations
                WHERE resource_class = 'MEMORY_MB' GROUP BY provider
                """)
            for row in rows { #expect(try row.get("used", as: Int.self) == 5120) }
        }
    }

    @Test func aHostIsForgottenWhenNothingIsClaimedOnItAndKnownAgainWithItsNextHeartbeat() async throws {
        try await withScheduler { database, selector in
            let hosts = HostStore(database: database)
            var state = host("a", memory: 1024)
            try await hosts.update(state)
            let server = ServerID(IDGenerator.random.uuid())
            _ = try await selector.select(call(server))
            try await withRPC(selector, hosts) { client in
                let refused = await #expect(throws: ServiceError.self) {
                    _ = try await client.call(ForgetHost(host: "a"), .system())
                }
                #expect(refused?.code == .conflict)
                try await selector.claims.release(server)
                // The second finds nothing.
                for _ in 1...2 { _ = try await client.call(ForgetHost(host: "a"), .system()) }
            }
            #expect(try await hosts.candidates().isEmpty)
            let left = try await database.query("SELECT provider FROM inventories")
            #expect(left.isEmpty)

            state.seenAt = state.seenAt.addingTimeInterval(10)
            try await hosts.update(state)
            _ = try await self.selector(database).select(call())
        }
    }

    /// Runs `body` while a scheduler answers.
    private func withRPC(
        _ selector: DestinationSelector, _ hosts: HostStore,
        _ body: @escaping @Sendable (RPCClient) async throws -> Void
    ) async throws {
        let broker = InMemoryBroker()
        let server = RPCServer(
            broker, topic: SchedulerTopic.self, handlers: schedulerHandlers(selector, hosts),
            logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                let client = RPCClient(broker)
                while true {
                    do {
                        _ = try await client.call(ForgetHost(host: "unknown"), .system())
                        break
                    } catch let error as ServiceError where error.code == .unavailable {
                        // Nobody listens yet.
                        await Task.yield()
                    }
                }
                try await body(client)
            }
            try await group.next()
            group.cancelAll()
        }
    }

    @Test func anOlderHeartbeatChangesNothing() async throws {
        try await withScheduler { database, _ in
            let hosts = HostStore(database: database)
            var state = host("a", memory: 1024)
            try await hosts.update(state)
            state.seenAt = state.seenAt.addingTimeInterval(-10)
            state.isDisabled = true
            try await hosts.update(state)
            #expect(try await hosts.candidates().map(\.state.isDisabled) == [false])
        }
    }
}
