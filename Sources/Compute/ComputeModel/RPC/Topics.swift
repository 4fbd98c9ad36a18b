import Messaging

/// The agents' topic: one queue per hypervisor host, `compute.HOST`.
package enum ComputeTopic: Topic {
    package static let name = "compute"
}

/// The conductors' topic: any of them takes a message.
package enum ConductorTopic: Topic {
    package static let name = "conductor"
}
