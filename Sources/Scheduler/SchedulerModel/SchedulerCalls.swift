package import Core
package import Messaging

/// Picks a host for a server and claims its resources there.
///
/// Safe to repeat: a server that holds a claim keeps its host. Fails with `conflict` when no host fits;
/// the message says which filter removed how many.
package struct SelectDestinations: RPCCall {
    package typealias Destination = SchedulerTopic
    package static let name = "select_destinations"
    package static let timeout: Duration = .seconds(20)

    package struct Reply: Codable, Sendable {
        package var host: String
        package var node: String
        /// The resource provider's id.
        package var provider: String
        package var zone: String
        package var selection: Selection

        package init(host: String, node: String, provider: String, zone: String, selection: Selection) {
            self.host = host
            self.node = node
            self.provider = provider
            self.zone = zone
            self.selection = selection
        }
    }

    package var server: ServerID
    package var project: ProjectID
    package var user: UserID
    /// Amounts by resource class: `VCPU`, `MEMORY_MB`, `DISK_GB`.
    package var resources: [String: Int]
    package var request: PlacementRequest

    package init(
        server: ServerID, project: ProjectID, user: UserID, resources: [String: Int], request: PlacementRequest
    ) {
        self.server = server
        self.project = project
        self.user = user
        self.resources = resources
        self.request = request
    }
}

/// Gives back all that a server claimed; nothing claimed is no error.
package struct ReleaseClaim: RPCCall {
    package typealias Destination = SchedulerTopic
    package typealias Reply = RPCNothing
    package static let name = "release_claim"
    package static let timeout: Duration = .seconds(20)

    package var server: ServerID

    package init(server: ServerID) { self.server = server }
}

/// Tells why a server is where it is, or why it is nowhere. `notFound` when nothing is kept of it.
package struct ExplainSelection: RPCCall {
    package typealias Destination = SchedulerTopic
    package typealias Reply = Selection
    package static let name = "explain_selection"
    package static let timeout: Duration = .seconds(10)

    package var server: ServerID

    package init(server: ServerID) { self.server = server }
}

/// A host's present state, from its heartbeat. The answer says that servers can be placed on it.
package struct UpdateHost: RPCCall {
    package typealias Destination = SchedulerTopic
    package typealias Reply = RPCNothing
    package static let name = "host.update"
    package static let timeout: Duration = .seconds(5)

    package var host: HostState

    package init(host: HostState) { self.host = host }
}

/// Takes a host out of placement; one that is not known is no error. `conflict` while something is claimed on it.
package struct ForgetHost: RPCCall {
    package typealias Destination = SchedulerTopic
    package typealias Reply = RPCNothing
    package static let name = "host.forget"
    package static let timeout: Duration = .seconds(10)

    package var host: String

    package init(host: String) { self.host = host }
}
