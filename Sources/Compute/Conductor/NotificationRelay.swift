import ComputeStore
package import Core
import Database
import Messaging
import Workflow

/// Sends the notifications that wait in the outbox, as oslo.messaging's `messagingv2` driver does.
struct NotificationRelay: Sendable {
    /// Nova's `control_exchange`.
    static let exchange = "nova"

    let database: Database
    let broker: any MessageBroker
    let owner: String
    let topics: [String]
    let isDurable: Bool
    var clock = WallClock.system

    /// Sends all there are. A message that was sent and not yet forgotten when the process died is sent again, under
    /// the same id.
    func drain() async throws {
        while try await Outbox.publish(database, owner: owner, now: clock.now(), send: { try await send($0) }) > 0 {}
    }

    private func send(_ message: Outbox.Message) async throws {
        let priority = message.payload["priority"]?.string?.lowercased() ?? "info"
        let envelope: JSONValue = ["oslo.version": "2.0", "oslo.message": .string(message.payload.jsonText)]
        let body = Array(envelope.jsonText.utf8)
        for topic in topics {
            try await broker.publish(
                OutgoingMessage(
                    to: .topic(
                        exchange: Self.exchange, queue: .notifications("\(topic).\(priority)", isDurable: isDurable)),
                    id: message.payload["message_id"]?.string ?? "", type: message.payload["event_type"]?.string ?? "",
                    body: body))
        }
    }
}

/// The `[oslo_messaging_rabbit]` group, as far as notifications' readers see it.
package struct NotificationQueueOptions: OptionGroup {
    package static let group = "oslo_messaging_rabbit"
    let isDurable: Bool

    package init(_ options: inout OptionReader) throws {
        isDurable = try options.value(
            "amqp_durable_queues", default: true,
            help:
                "Whether exchange and queues of notifications survive a restart of RabbitMQ; the same at their readers."
        )
    }
}
