import Core
import Glibc
import Testing

@Suite struct ConcurrencyTests {
    @Test func blockingCallsRunBesideEachOther() async throws {
        let pool = BlockingPool(name: "test", threads: 4, maxQueue: 100)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...50 {
                group.addTask {
                    try await pool.run {
                        usleep(1000)
                        return number
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 1275)
    }

    @Test func aFullQueueRefuses() async throws {
        let pool = BlockingPool(name: "test", threads: 1, maxQueue: 1)
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await pool.run { usleep(20_000) }
                        return false
                    } catch let error as ServiceError {
                        return error.code == .rateLimited
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused > 0)
        #expect(try await pool.run { 7 } == 7)
    }

    @Test func errorsComeBack() async {
        let pool = BlockingPool(name: "test", threads: 1, maxQueue: 1)
        await #expect(throws: ServiceError.self) {
            try await pool.run { throw ServiceError(.conflict, "no") }
        }
    }

    private actor Owner {
        private let executor: ThreadExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        init() throws { executor = try ThreadExecutor(name: "owner") }

        func thread() -> UInt { UInt(pthread_self()) }
        func stop() { executor.stop() }
    }

    @Test func anActorKeepsItsThread() async throws {
        let owner = try Owner()
        var threads: Set<UInt> = []
        for _ in 0..<20 {
            threads.insert(await owner.thread())
            await Task.yield()
        }
        #expect(threads.count == 1)
        await owner.stop()
        _ = await owner.thread()  // what comes after the stop still runs
    }
}
