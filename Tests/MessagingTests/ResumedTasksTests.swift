import CTasks
import Core
import Glibc
import Testing

/// Callers that go on where their answer was read.
struct ResumedTasksTests {
    /// Waiting tasks, each noting on which thread it goes on.
    private final class Waiters: Sendable {
        private struct State {
            var continuations: [CheckedContinuation<Void, Never>] = []
            var threads: [pthread_t] = []
        }

        private let state = Locked(State())

        var count: Int { state.withLock { $0.continuations.count } }
        var threads: [pthread_t] { state.withLock { $0.threads } }

        func wait() async {
            await withCheckedContinuation { continuation in
                state.withLock { $0.continuations.append(continuation) }
            }
            state.withLock { $0.threads.append(pthread_self()) }
        }

        func resumeAll() { for continuation in state.withLock({ $0.continuations }) { continuation.resume() } }
    }

    private func resuming(_ waiters: Waiters, time: UInt64, mayHold: Bool = true) async -> (pthread_t, Int) {
        await withCheckedContinuation { continuation in
            startThreadForTest {
                if mayHold { ctasks_begin() }
                ctasks_hold()
                waiters.resumeAll()
                ctasks_release()
                let before = waiters.threads.count
                ctasks_run(time)
                ctasks_end()
                continuation.resume(returning: (pthread_self(), before))
            }
        }
    }

    private func waiting(_ count: Int, _ body: (Waiters) async -> Void) async throws -> Waiters {
        let waiters = Waiters()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count { group.addTask { await waiters.wait() } }
            try await eventually("all wait") { waiters.count == count }
            await body(waiters)
            try await group.waitForAll()
        }
        return waiters
    }

    @Test func aTaskThatIsHeldBackGoesOnUponTheThreadThatResumedIt() async throws {
        var thread: pthread_t?
        var early = 0
        let waiters = try await waiting(3) { (thread, early) = await resuming($0, time: 1_000_000_000) }
        #expect(early == 0)
        #expect(waiters.threads.count == 3)
        #expect(waiters.threads.allSatisfy { $0 == thread })
    }

    @Test func whatIsLeftWhenTheTimeIsOverGoesToThePool() async throws {
        var thread: pthread_t?
        let waiters = try await waiting(3) { (thread, _) = await resuming($0, time: 0) }
        #expect(waiters.threads.count == 3)
        #expect(waiters.threads.count { $0 == thread } == 1)
    }

    @Test func aThreadThatMadeNoPromiseHoldsNothingBack() async throws {
        var thread: pthread_t?
        let waiters = try await waiting(3) { (thread, _) = await resuming($0, time: 1, mayHold: false) }
        #expect(waiters.threads.count == 3)
        #expect(!waiters.threads.contains { $0 == thread })
    }
}
