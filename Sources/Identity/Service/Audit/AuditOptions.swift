package import Core

/// `[audit]`: how long it is kept who did what.
package struct AuditOptions: OptionGroup {
    package static let group = "audit"
    /// Nil: for ever.
    package let retention: Duration?

    package init(_ options: inout OptionReader) throws {
        let days = try options.value(
            "retention_days", default: 365, in: 0...36_500,
            help: "Days for which it is kept who changed what (apus audit); 0 keeps it for ever.")
        retention = days == 0 ? nil : .seconds(86_400 * days)
    }
}

/// What identity's notifications look like: Keystone's options of the same names.
package struct IdentityNotificationOptions: OptionGroup {
    package static let group = "DEFAULT"
    package enum Format: String, Sendable, CaseIterable, OptionValue { case basic, cadf }

    package let format: Format
    /// Events that are not told.
    package let optOut: Set<String>

    package init(_ options: inout OptionReader) throws {
        format = try options.value(
            "notification_format", default: Format.cadf,
            help: "basic: what was changed; cadf: also who changed it, from where and with which request.")
        optOut = Set(
            try options.list(
                "notification_opt_out", default: [],
                help: "Events that are not told, such as identity.user.created."))
    }
}

/// Queues of unversioned notifications.
package struct NotificationTopicOptions: OptionGroup {
    package static let group = "oslo_messaging_notifications"
    package let topics: [String]

    package init(_ options: inout OptionReader) throws {
        topics = try options.list(
            "topics", default: ["notifications"],
            help: "Topics to which notifications go; each is a queue TOPIC.PRIORITY.")
    }
}
