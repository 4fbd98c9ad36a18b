public import Core
public import Database
import FoundationEssentials
public import Logging

/// Runs a service's sagas: claims what is due, runs steps, parks, undoes, and gives up nothing.
///
/// Any number of engines share a database. A saga belongs to one at a time, by a lease that is renewed
/// while a step runs; when it lapses another goes on, with a higher generation, and whatever the first
/// still writes is refused.
public final class SagaEngine<Environment: Sendable>: Sendable {
    let store: SagaStore
    let environment: Environment
    let sagas: [AnySaga<Environment>]
    let limits: SagaLimits
    let logger: Logger
    let clock: WallClock
    private let signal = Signal()
    private let running: RunningSagas

    /// - Parameters:
    ///   - owner: this process, as operators see it: host and process id.
    ///   - lease: how long a silent owner keeps a saga.
    public init(
        database: Database, environment: Environment, owner: String, sagas: [any Saga<Environment>.Type],
        lease: Duration = .seconds(10), limits: SagaLimits = SagaLimits(), logger: Logger, clock: WallClock
    ) {
        store = SagaStore(database: database, owner: owner)
        self.environment = environment
        self.sagas = sagas.map { Self.erase($0) }
        var limits = limits
        limits.lease = lease
        self.limits = limits
        self.logger = logger
        self.clock = clock
        running = RunningSagas(limit: limits.concurrency)
        ProcessFacts.shared.add("workflows") { [weak running] in
            running.map { running in
                .object(["owner": .string(owner), "working_on": .integer(Int64(running.count))])
            }
        }
    }

    private static func erase<S: Saga<Environment>>(_ saga: S.Type) -> AnySaga<Environment> { AnySaga(saga) }

    /// Looks for work now: after a commit that started a saga.
    public func wake() { signal.raise() }

    /// Works until cancelled. On cancellation running steps are cancelled and what they did is kept.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                var pause = limits.pollInterval
                do {
                    let (free, now) = (running.free, clock.now())
                    let kinds = sagas.map { ($0.name, $0.version) }
                    let claimed = try await store.claim(kinds, limit: min(free, 16), now: now, lease: limits.lease)
                    for saga in claimed {
                        running.add()
                        group.addTask {
                            await self.work(saga)
                            self.running.remove()
                            self.signal.raise()
                        }
                    }
                    if claimed.count == min(free, 16), free > 16 { continue }
                    // With no place free, the end of a saga is the signal.
                    if free > claimed.count, let due = try await store.nextDue(kinds, after: now) {
                        pause = min(pause, max(.milliseconds(1), .seconds(due.timeIntervalSince(clock.now()))))
                    }
                } catch {
                    pause = min(pause, .seconds(1))
                    logger.warning("looking for sagas failed", metadata: ["error": "\(String(reflecting: error))"])
                }
                await signal.wait(atMost: pause)
            }
            group.cancelAll()
        }
    }

    /// Runs what is due now until nothing is, without waiting for what is parked or due later: for tests.
    public func runDue() async throws {
        while true {
            let claimed = try await store.claim(
                sagas.map { ($0.name, $0.version) }, limit: 16, now: clock.now(), lease: limits.lease)
            if claimed.isEmpty { return }
            for saga in claimed { await work(saga) }
        }
    }

    /// Works on one saga, renewing its lease meanwhile; ends with the lease.
    private func work(_ saga: ClaimedSaga) async {
        guard let definition = sagas.first(where: { $0.name == saga.name && $0.version == saga.version }) else {
            return
        }
        tellTaken(saga, definition)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var runner = SagaRunner(engine: self, definition: definition, saga: saga)
                do {
                    try await runner.run()
                } catch {
                    self.logger.warning(
                        "saga put down; it goes on when its lease is over",
                        metadata: [
                            "saga": "\(saga.id)", "name": "\(saga.name)", "error": "\(String(reflecting: error))",
                        ])
                }
            }
            group.addTask { await self.renew(saga) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Keeps for the request's story who works on its saga from now on, and why.
    private func tellTaken(_ saga: ClaimedSaga, _ definition: AnySaga<Environment>) {
        let why =
            saga.wasParked
            ? (saga.reportStep == nil ? "deadline over" : "reported")
            : saga.attempt > 0 ? "again" : saga.step == 0 && saga.phase == .running ? "begun" : "taken over"
        let step = definition.steps.indices.contains(saga.step) ? definition.steps[saga.step].name : ""
        StoryRecorder.shared.record(
            StoryEvent(
                .step, saga.context, verb: "take", name: step, outcome: why, endedAt: clock.now(), took: .zero,
                peer: saga.name, saga: saga.id, ids: [saga.subject], detail: "generation \(saga.generation)"))
    }

    /// Returns when the lease is lost or the task is cancelled.
    private func renew(_ saga: ClaimedSaga) async {
        while true {
            do {
                try await Task.sleep(for: limits.lease / 3)
            } catch {
                return
            }
            do {
                let end = clock.now().addingTimeInterval(limits.lease.seconds)
                if try await !store.renew(saga, until: end) {
                    logger.warning("saga's lease lost", metadata: ["saga": "\(saga.id)", "name": "\(saga.name)"])
                    return
                }
            } catch {
                logger.warning("renewing a saga's lease failed", metadata: ["saga": "\(saga.id)", "error": "\(error)"])
            }
        }
    }
}

/// Limits of a `SagaEngine`.
public struct SagaLimits: Sendable {
    /// Also how long the sagas of a process that was killed wait before another goes on with them.
    public var lease: Duration = .seconds(10)
    /// How often the table is looked at though nothing is known to be due: what another process committed, and
    /// died before it could say so, is found then.
    public var pollInterval: Duration = .seconds(5)
    /// Sagas worked on at once.
    public var concurrency = 32
    /// How long a step whose dependency is unavailable is tried again before it has failed.
    public var patience: Duration = .seconds(120)
    /// Runs of a failing undo before the saga is stuck. Those that only found a dependency away do not count.
    public var undoAttempts = 12
    /// The longest pause between two tries of an undo that fails.
    public var longestPause: Duration = .seconds(60)
    /// The longest pause between two tries while a dependency is away: how late its return is noticed.
    public var longestOutagePause: Duration = .seconds(4)

    public init() {}
}

/// Counts the sagas an engine works on.
private final class RunningSagas: Sendable {
    private let state = Locked(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { state.withLock { $0 } }
    var free: Int { limit - count }
    func add() { state.withLock { $0 += 1 } }
    func remove() { state.withLock { $0 -= 1 } }
}
