package import Core

/// The `[oslo_messaging_notifications]` group: whether notifications are made at all.
package struct NotificationDriverOptions: OptionGroup {
    package static let group = "oslo_messaging_notifications"
    private static let off: Set<String> = ["noop"]
    private static let on: Set<String> = ["messagingv2"]

    package let isOn: Bool

    package init(_ options: inout OptionReader) throws {
        let drivers = try options.list(
            "driver", default: [], help: "messagingv2 sends notifications; noop, or none, makes none.")
        if let unknown = drivers.first(where: { !Self.on.union(Self.off).contains($0) }) {
            throw ConfigurationError(
                "[oslo_messaging_notifications] driver: '\(unknown)' is not supported, only messagingv2 and noop are")
        }
        isOn = drivers.contains(where: Self.on.contains)
    }
}

/// The `[oslo_messaging_rabbit]` group, as far as notifications' readers see it.
package struct NotificationQueueOptions: OptionGroup {
    package static let group = "oslo_messaging_rabbit"
    package let isDurable: Bool

    package init(_ options: inout OptionReader) throws {
        isDurable = try options.value(
            "amqp_durable_queues", default: true,
            help:
                "Whether exchange and queues of notifications survive a restart of RabbitMQ; the same at their readers."
        )
    }
}
