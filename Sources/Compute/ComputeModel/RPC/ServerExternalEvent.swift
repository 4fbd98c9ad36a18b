package import Core
import Messaging

/// What another service saw happen to a server, passed on by compute-api from `os-server-external-events`.
///
/// The conductor un-parks the saga that waits for it, and refreshes what it keeps of the server's addresses.
/// Repeating one changes nothing.
package struct ServerExternalEvent: RPCCast {
    package typealias Destination = ConductorTopic
    package static let name = "server.external_event"

    /// `network-vif-plugged`, `network-vif-unplugged`, `network-vif-deleted`, `network-changed`, `volume-extended`…
    package var event: String
    package var server: ServerID
    /// The port's or volume's id.
    package var tag: String?
    /// `completed`, `failed` or `in-progress`.
    package var status: String

    package init(event: String, server: ServerID, tag: String?, status: String) {
        self.event = event
        self.server = server
        self.tag = tag
        self.status = status
    }
}

/// Several of them, from one request.
package struct ServerExternalEvents: RPCCast {
    package typealias Destination = ConductorTopic
    package static let name = "server.external_events"

    package var events: [ServerExternalEvent]

    package init(events: [ServerExternalEvent]) { self.events = events }
}
