package import Core

/// The `[notifications]` group, by Nova's names.
package struct NotificationOptions: OptionGroup {
    package static let group = "notifications"

    /// Nova has two formats; only the versioned one is made here.
    package enum Format: String, Sendable, CaseIterable, OptionValue { case versioned, unversioned, both }
    /// Which changes of a server's state are told as `instance.update`.
    package enum StateChanges: String, Sendable, CaseIterable, OptionValue {
        case none
        case vmState = "vm_state"
        case vmAndTaskState = "vm_and_task_state"
    }

    package let topics: [String]
    package let stateChanges: StateChanges
    package let includesDevices: Bool

    package init(_ options: inout OptionReader) throws {
        let format = try options.value(
            "notification_format", default: Format.versioned, help: "Only versioned can be had; the others are refused."
        )
        topics = try options.list(
            "versioned_notifications_topics", default: ["versioned_notifications"],
            help: "Topics to which notifications go; each is a queue TOPIC.PRIORITY.")
        stateChanges = try options.value(
            "notify_on_state_change", default: StateChanges.none,
            help: "Whether instance.update tells of changed states, and of changed tasks too.")
        includesDevices = try options.value(
            "bdms_in_notifications", default: false, help: "Whether a server's volumes are in its notifications.")
        guard format == .versioned else {
            throw ConfigurationError(
                "[notifications] notification_format: \(format.rawValue) is not supported, only versioned is: "
                    + "consumers of compute.instance.* have to read instance.* instead")
        }
    }
}
