import Core
import Database
import FoundationEssentials
import Logging
import TestSupport
import Testing

@testable import Workflow

/// What the test saga's steps touch.
final class World: Sendable {
    struct State {
        var effects: [String: Int] = [:]
        var log: [String] = []
        var failing: Set<String> = []
        var unavailable: Set<String> = []
        var generations: [Int64] = []
    }

    let state = Locked(State())
    /// Runs inside the step that waits, before it parks.
    let duringFlight = Locked<(@Sendable (SagaRun) async throws -> Void)?>(nil)
    /// Steps that wait for something, which is no failure.
    let waiting = Locked<Set<String>>([])

    func act(_ name: String, _ run: SagaRun) throws {
        try state.withLock { state in
            state.log.append(name)
            state.generations.append(run.generation)
            if state.unavailable.contains(name) { throw ServiceError(.unavailable, "not now") }
            if waiting.withLock({ $0.contains(name) }) {
                throw SagaRetry(after: .seconds(2), isGrowing: true, reason: "others go first")
            }
            if state.failing.contains(name) { throw ServiceError(.conflict, "\(name) failed", detail: "as told") }
        }
    }

    var log: [String] { state.withLock { $0.log } }
    func fail(_ names: String...) { state.withLock { $0.failing = Set(names) } }
    func refuse(_ names: String...) { state.withLock { $0.unavailable = Set(names) } }
}

enum Trip: Saga {
    struct State: Codable, Sendable {
        var seat: String?
        var answer: String?
    }

    static let name = "trip"
    static let version = 1
    static let steps: [SagaStep<State, World>] = [
        SagaStep("book") { state, world, run in
            state.seat = "12A"
            try world.act("book", run)
        } undo: { state, world, run in
            try world.act("unbook \(state.seat ?? "?") \(run.failure?.step ?? "?")", run)
        },
        SagaStep("fly", wait: .seconds(60)) { _, world, run in
            try world.act("fly", run)
            try await world.duringFlight.withLock { $0 }?(run)
        } finish: { state, world, run in
            state.answer = run.report?["landed"]?.string
            try world.act("landed", run)
        } undo: { _, world, run in
            try world.act("return", run)
        },
        SagaStep("unpack") { _, world, run in try world.act("unpack", run) },
    ]
}

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct EngineTests {
    struct Setup: Sendable {
        let database: Database
        let world = World()
        let time = ManualClock()

        func engine(_ owner: String = "one", limits: SagaLimits = SagaLimits()) -> SagaEngine<World> {
            SagaEngine(
                database: database, environment: world, owner: owner, sagas: [Trip.self], limits: limits,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: time.clock)
        }

        func start(_ id: String = "s1") async throws {
            try await database.transaction("start") { transaction in
                try SagaEngine.start(
                    Trip.self, id: id, subject: "server", state: .init(), context: RequestContext(requestID: "req-1"),
                    in: transaction)
            }
            // Sagas are due by the database's own clock, which went on while this test waited for a busy machine.
            time.advance(by: .seconds(30))
        }

        func record(_ id: String = "s1") async throws -> SagaRecord {
            try #require(try await SagaTable.inspect(database, id: id)).0
        }
    }

    private func with(_ body: (Setup) async throws -> Void) async throws {
        try await TestServices.withDatabase(migrations: SagaTable.migrations(startingAt: 1)) { database in
            try await body(Setup(database: database))
        }
    }

    @Test func aSagaRunsToItsWaitAndOnAfterTheReport() async throws {
        try await with { setup in
            let engine = setup.engine()
            try await setup.start()
            try await engine.runDue()
            let parked = try await setup.record()
            #expect(parked.status == .parked)
            #expect(parked.step == "fly")
            #expect(setup.world.log == ["book", "fly"])
            #expect(try await engine.report(saga: "s1", generation: parked.generation, step: "fly", ["landed": "ZRH"]))
            #expect(try await !engine.report(saga: "s1", generation: parked.generation, step: "fly", ["landed": "X"]))
            try await engine.runDue()
            #expect(try await setup.record().status == .succeeded)
            #expect(try await setup.record().state.contains("ZRH"))
            #expect(setup.world.log == ["book", "fly", "landed", "unpack"])
            let journal = try #require(try await SagaTable.inspect(setup.database, id: "s1")).1
            #expect(
                journal.map { "\($0.step) \($0.phase) \($0.outcome)" } == [
                    "book run done", "fly run parked", "fly finish done", "unpack run done",
                ])
        }
    }

    /// However long it takes: what waits must not fill the database, nor keep asking.
    @Test func aStepThatWaitsIsOneLineAndAsksEverMoreSeldom() async throws {
        try await with { setup in
            let engine = setup.engine()
            setup.world.waiting.withLock { $0 = ["book"] }
            try await setup.start()
            var pauses: [Double] = []
            for _ in 0..<8 {
                try await engine.runDue()
                let due = try #require(try await setup.record().dueAt)
                pauses.append(due.timeIntervalSince(setup.time.clock.now()))
                setup.time.advance(by: .seconds(61))
            }
            #expect(pauses.allSatisfy { $0 <= 60 } && pauses[0] <= 2 && (pauses.last ?? 0) >= 45, "\(pauses)")
            let waited = try #require(try await SagaTable.inspect(setup.database, id: "s1")).1
            #expect(waited.map { "\($0.step) \($0.phase) \($0.outcome) \($0.attempt)" } == ["book run retry 7"])
            setup.world.waiting.withLock { $0 = [] }
            try await engine.runDue()
            let journal = try #require(try await SagaTable.inspect(setup.database, id: "s1")).1
            #expect(journal.map(\.outcome) == ["retry", "done", "parked"])
        }
    }

    @Test func anOutdatedReportIsIgnored() async throws {
        try await with { setup in
            let engine = setup.engine()
            try await setup.start()
            try await engine.runDue()
            let generation = try await setup.record().generation
            #expect(try await !engine.report(saga: "s1", generation: generation - 1, step: "fly", [:]))
            #expect(try await !engine.report(saga: "s1", generation: generation, step: "book", [:]))
            #expect(try await !engine.report(subject: "other", step: "fly", [:]))
            #expect(try await engine.report(subject: "server", step: "fly", [:]))
        }
    }

    @Test func aReportThatComesBeforeTheStepHasParkedIsKept() async throws {
        try await with { setup in
            let engine = setup.engine()
            try await setup.start()
            setup.world.duringFlight.withLock { hook in
                hook = { run in
                    _ = try await engine.report(
                        saga: "s1", generation: run.generation, step: "fly", ["landed": "early"])
                }
            }
            try await engine.runDue()
            #expect(try await setup.record().status == .succeeded)
            #expect(try await setup.record().state.contains("early"))
        }
    }

    @Test func aWaitThatIsOverUndoesEverything() async throws {
        try await with { setup in
            let engine = setup.engine()
            try await setup.start()
            try await engine.runDue()
            setup.time.advance(by: .seconds(61))
            try await engine.runDue()
            let record = try await setup.record()
            #expect(record.status == .failed)
            #expect(record.failure?.code == "timeout")
            #expect(setup.world.log == ["book", "fly", "return", "unbook 12A fly"])
        }
    }

    @Test func aFailedStepIsUndoneWithWhatItWroteAndTheOnesBefore() async throws {
        try await with { setup in
            setup.world.fail("book")
            try await setup.start()
            try await setup.engine().runDue()
            #expect(setup.world.log == ["book", "unbook 12A book"])
            let record = try await setup.record()
            #expect(record.status == .failed)
            #expect(
                record.failure == SagaFailure(step: "book", code: "conflict", message: "book failed", detail: "as told")
            )
        }
    }

    @Test func aReportedFailureUndoes() async throws {
        try await with { setup in
            let engine = setup.engine()
            try await setup.start()
            try await engine.runDue()
            let failure = ServiceError(.internal, "The plane is broken.")
            #expect(try await engine.report(saga: "s1", generation: nil, step: "fly", nil, failure: failure))
            try await engine.runDue()
            #expect(try await setup.record().failure?.message == "The plane is broken.")
            #expect(setup.world.log == ["book", "fly", "return", "unbook 12A fly"])
        }
    }

    @Test func anUnavailableDependencyIsTriedAgainUntilPatienceEnds() async throws {
        try await with { setup in
            let engine = setup.engine()
            setup.world.refuse("book")
            try await setup.start()
            try await engine.runDue()
            #expect(try await setup.record().status == .running)
            setup.world.refuse()
            setup.time.advance(by: .seconds(2))
            try await engine.runDue()
            #expect(try await setup.record().status == .parked)
            setup.world.refuse("book")
            try await setup.start("s2")
            for _ in 0..<12 {
                try await engine.runDue()
                setup.time.advance(by: .seconds(61))
            }
            #expect(try await setup.record("s2").status == .failed)
        }
    }

    @Test func whatWaitedForItsTurnHasAllItsPatienceForAnOutage() async throws {
        try await with { setup in
            let engine = setup.engine()
            setup.world.waiting.withLock { $0 = ["book"] }
            try await setup.start()
            for _ in 0..<4 {
                try await engine.runDue()
                setup.time.advance(by: .seconds(61))
            }
            setup.world.refuse("book")
            try await engine.runDue()
            #expect(try await setup.record().status == .running)
            setup.time.advance(by: .seconds(61))
            try await engine.runDue()
            #expect(try await setup.record().status == .running)
            setup.time.advance(by: .seconds(61))
            try await engine.runDue()
            #expect(try await setup.record().status == .failed)
        }
    }

    @Test func anUndoThatKeepsFailingIsStuckUntilAnOperatorResumesIt() async throws {
        try await with { setup in
            var limits = SagaLimits()
            limits.undoAttempts = 3
            let engine = setup.engine(limits: limits)
            setup.world.fail("unpack", "return")
            try await setup.start()
            try await engine.runDue()
            try await engine.report(saga: "s1", generation: nil, step: "fly", [:])
            for _ in 0..<4 {
                try await engine.runDue()
                setup.time.advance(by: .seconds(61))
            }
            #expect(try await setup.record().status == .stuck)
            #expect(try await setup.record().step == "fly")
            setup.world.fail()
            try await SagaTable.resume(setup.database, id: "s1", now: setup.time.clock.now())
            try await engine.runDue()
            #expect(try await setup.record().status == .failed)
            #expect(setup.world.log.last == "unbook 12A unpack")
            await #expect(throws: ServiceError.self) {
                try await SagaTable.resume(setup.database, id: "s1", now: setup.time.clock.now())
            }
        }
    }

    @Test func anOutageDoesNotMakeAnUndoStuckAndItsEndIsNoticedSoon() async throws {
        try await with { setup in
            var limits = SagaLimits()
            limits.undoAttempts = 3
            let engine = setup.engine(limits: limits)
            setup.world.fail("unpack")
            try await setup.start()
            try await engine.runDue()
            try await engine.report(saga: "s1", generation: nil, step: "fly", [:])
            setup.world.refuse("return")
            for _ in 0..<20 {
                try await engine.runDue()
                setup.time.advance(by: .seconds(5))
            }
            #expect(try await setup.record().status == .undoing)
            #expect(setup.world.log.filter { $0 == "return" }.count == 20, "tried each few seconds")
            setup.world.refuse()
            try await engine.runDue()
            #expect(try await setup.record().status == .failed)
        }
    }

    @Test(arguments: 0...3) func aSagaGoesOnElsewhereAfterACrashAtAnyStep(stepsBefore: Int) async throws {
        try await with { setup in
            let first = setup.engine("first")
            try await setup.start()
            // The first engine dies after so many records: it holds the lease and writes no more.
            let claimed = try await first.store.claim(
                [("trip", 1)], limit: 1, now: setup.time.clock.now(), lease: .seconds(30))
            let saga = try #require(claimed.first)
            if stepsBefore > 0 {
                var dying = SagaRunner(engine: first, definition: AnySaga(Trip.self), saga: saga)
                try await dying.run()
            }
            let second = setup.engine("second")
            try await second.runDue()
            if stepsBefore == 0 { #expect(setup.world.log.isEmpty, "the lease still holds") }
            setup.time.advance(by: .seconds(31))
            try await second.runDue()
            #expect(try await second.report(saga: "s1", generation: nil, step: "fly", ["landed": "B"]))
            try await second.runDue()
            #expect(try await setup.record().status == .succeeded)
            let generations = setup.world.state.withLock { $0.generations }
            #expect(generations == generations.sorted())
        }
    }

    @Test func anOwnerThatLostItsLeaseWritesNothing() async throws {
        try await with { setup in
            let first = setup.engine("first")
            try await setup.start()
            let claimed = try await first.store.claim(
                [("trip", 1)], limit: 1, now: setup.time.clock.now(), lease: .seconds(30))
            let stale = try #require(claimed.first)
            setup.time.advance(by: .seconds(31))
            let second = setup.engine("second")
            try await second.runDue()
            #expect(try await !first.store.renew(stale, until: setup.time.clock.now()))
            var late = SagaRunner(engine: first, definition: AnySaga(Trip.self), saga: stale)
            try await late.run()
            #expect(setup.world.log == ["book", "fly", "book"], "it ran one step, could not record it, and stopped")
            #expect(try await setup.record().status == .parked)
        }
    }

    @Test func enginesThatRaceRunEachSagaOnce() async throws {
        try await with { setup in
            for index in 0..<30 { try await setup.start("s\(index)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for owner in ["one", "two", "three"] {
                    group.addTask { try await setup.engine(owner).runDue() }
                }
                try await group.waitForAll()
            }
            let log = setup.world.log
            #expect(log.filter { $0 == "book" }.count == 30)
            #expect(log.filter { $0 == "fly" }.count == 30)
        }
    }

    @Test func aRunningEngineWakesBySignalAndStopsWhenCancelled() async throws {
        try await with { setup in
            var limits = SagaLimits()
            limits.pollInterval = .seconds(3600)
            let engine = setup.engine(limits: limits)
            let running = Task { try await engine.run() }
            try await setup.start()
            engine.wake()
            try await eventually { try await setup.record().status == .parked }
            try await engine.report(saga: "s1", generation: nil, step: "fly", [:])
            try await eventually { try await setup.record().status == .succeeded }
            running.cancel()
            _ = await running.result
        }
    }

    @Test func whatIsDueLaterIsDoneThenWithoutLookingAllTheTime() async throws {
        try await with { setup in
            // Unavailable at first: the engine itself puts the next try off.
            setup.world.refuse("book")
            var limits = SagaLimits()
            limits.pollInterval = .seconds(3600)
            let engine = SagaEngine(
                database: setup.database, environment: setup.world, owner: "one", sagas: [Trip.self], limits: limits,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: .system)
            try await setup.start()
            let running = Task { try await engine.run() }
            try await eventually { setup.world.log == ["book"] }
            setup.world.refuse()
            try await eventually { try await setup.record().status == .parked }
            running.cancel()
            _ = await running.result
        }
    }

    @Test func finishedSagasAreForgottenInBatches() async throws {
        try await with { setup in
            setup.world.fail("book")
            for index in 0..<5 { try await setup.start("s\(index)") }
            try await setup.engine().runDue()
            setup.time.advance(by: .seconds(10))
            #expect(try await SagaTable.purge(setup.database, finishedBefore: setup.time.clock.now(), batch: 3) == 3)
            #expect(try await SagaTable.purge(setup.database, finishedBefore: setup.time.clock.now(), batch: 3) == 2)
            #expect(try await setup.database.query("SELECT * FROM saga_steps").isEmpty)
        }
    }

    @Test func outboxMessagesAreSentInOrderAndAgainAfterAFailure() async throws {
        try await with { setup in
            try await setup.database.transaction("facts") { transaction in
                for index in 0..<3 { try Outbox.add(topic: "t", subject: "s", .integer(Int64(index)), in: transaction) }
            }
            setup.time.advance(by: .seconds(1))
            let sent = Locked<[Int]>([])
            @Sendable func send(_ message: Outbox.Message, failingAt: Int?) throws {
                if message.payload.int == failingAt { throw ServiceError(.unavailable, "broker") }
                sent.withLock { $0.append(message.payload.int ?? -1) }
            }
            await #expect(throws: ServiceError.self) {
                _ = try await Outbox.publish(setup.database, owner: "a", now: setup.time.clock.now()) {
                    try send($0, failingAt: 1)
                }
            }
            #expect(
                try await Outbox.publish(setup.database, owner: "b", now: setup.time.clock.now()) {
                    try send($0, failingAt: nil)
                } == 2)
            #expect(sent.withLock { $0 } == [0, 1, 2])
        }
    }
}

/// Waits for a condition, at most ten seconds.
func eventually(_ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while try await !condition() {
        try #require(ContinuousClock.now < end, "the condition never held")
        try await Task.sleep(for: .milliseconds(5))
    }
}
