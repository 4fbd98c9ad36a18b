package import Core
package import Database
package import Messaging
import Workflow

/// Sends the notifications that wait in the outbox, as oslo.messaging's `messagingv2` driver does.
package struct NotificationRelay: Sendable {
    /// Where they go: the service's `control_exchange`, and queues `TOPIC.PRIORITY`.
    package struct Destination: Sendable {
        let exchange: String
        let topics: [String]
        let isDurable: Bool

        package init(exchange: String, topics: [String], isDurable: Bool) {
            self.exchange = exchange
            self.topics = topics
            self.isDurable = isDurable
        }
    }

    let database: Database
    let broker: any MessageBroker
    let owner: String
    let destination: Destination
    let clock: WallClock

    package init(
        database: Database, broker: any MessageBroker, owner: String, to destination: Destination,
        clock: WallClock = .system
    ) {
        self.database = database
        self.broker = broker
        self.owner = owner
        self.destination = destination
        self.clock = clock
    }

    /// Sends all there are. A message that was sent and not yet forgotten when the process died is sent again, under
    /// the same id.
    package func drain() async throws {
        while try await Outbox.publish(database, owner: owner, now: clock.now(), send: { try await send($0) }) > 0 {}
    }

    private func send(_ message: Outbox.Message) async throws {
        let priority = message.payload["priority"]?.string?.lowercased() ?? "info"
        let envelope: JSONValue = ["oslo.version": "2.0", "oslo.message": .string(message.payload.jsonText)]
        let body = Array(envelope.jsonText.utf8)
        for topic in destination.topics {
            try await broker.publish(
                OutgoingMessage(
                    to: .topic(
                        exchange: destination.exchange,
                        queue: .notifications("\(topic).\(priority)", isDurable: destination.isDurable)),
                    id: message.payload["message_id"]?.string ?? "", type: message.payload["event_type"]?.string ?? "",
                    body: body))
        }
    }
}
