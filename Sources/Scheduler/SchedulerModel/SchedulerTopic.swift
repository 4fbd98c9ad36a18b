import Messaging

/// The schedulers' topic: any of them takes a message.
package enum SchedulerTopic: Topic {
    package static let name = "scheduler"
}
