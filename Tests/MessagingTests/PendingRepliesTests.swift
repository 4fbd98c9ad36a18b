import Core
import Testing

@testable import Messaging

struct PendingRepliesTests {
    private func answer(_ id: String) -> Delivery {
        Delivery(
            queue: "replies", id: "m", type: "t", correlationID: id, replyTo: nil, headers: [:], body: [1],
            earlierDeliveries: 0
        ) { _ in }
    }

    @Test func anAnswerEndsItsOwnCallOnly() async throws {
        let pending = PendingReplies()
        let answered = pending.open("a", limit: .seconds(60))
        let late = pending.open("b", limit: .milliseconds(1))
        pending.deliver(answer("a"))
        #expect(try await pending.wait(for: answered).body == [1])
        await #expect(throws: PendingReplies.TimedOut.self) { _ = try await pending.wait(for: late) }
    }

    /// A short limit after a long one, and another after it: each is seen to by itself.
    @Test(.timeLimit(.minutes(10))) func everyCallHasItsOwnLimit() async throws {
        let pending = PendingReplies()
        let long = pending.open("long", limit: .seconds(600))
        for id in ["x", "y"] {
            let short = pending.open(id, limit: .milliseconds(1))
            await #expect(throws: PendingReplies.TimedOut.self) { _ = try await pending.wait(for: short) }
        }
        pending.fail("long", ServiceError(.unavailable, "No server listens."))
        await #expect(throws: ServiceError.self) { _ = try await pending.wait(for: long) }
    }
}
