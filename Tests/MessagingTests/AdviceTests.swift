import Core
import Messaging
import Testing

/// RabbitMQ while it is away: it takes what it is given, and says nothing.
private final class SilentBroker: MessageBroker {
    private let given = Locked<[OutgoingMessage]>([])
    var posted: [OutgoingMessage] { given.withLock { $0 } }

    func publish(_ message: OutgoingMessage) async throws {
        try await ContinuousClock().sleep(for: .seconds(3600))
    }

    func post(
        _ message: OutgoingMessage, isWanted: @escaping @Sendable () -> Bool,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        given.withLock { $0.append(message) }
    }

    func subscribe(
        to queue: QueueSpec, prefetch: Int, _ receive: @escaping @Sendable (Delivery) -> Void
    ) async throws -> any Subscription {
        throw ServiceError(.unavailable, "The message broker cannot be reached.")
    }

    func depth(of queue: QueueSpec) async throws -> Int { 0 }
}

@Suite struct AdviceTests {
    /// While RabbitMQ was dead, whoever made or deleted a server waited half a minute for an answer, though the
    /// request was in the database at once.
    @Test(.timeLimit(.minutes(10))) func adviceDoesNotWaitForABrokerThatIsAway() async throws {
        let broker = SilentBroker()
        try await RPCClient(broker).advise(News(text: "work"), .system()) { _ in }
        #expect(broker.posted.count == 1)
        #expect(broker.posted.first?.timeToLive == .seconds(10))
    }
}
