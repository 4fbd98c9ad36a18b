package import Core

/// A network interface of a server, from the request on.
package struct ServerInterface: Sendable {
    package enum State: String, Sendable, Codable { case requested, attached, detaching }

    package var id: String
    package var server: ServerID
    package var position: Int
    package var network: NetworkID?
    package var port: PortID?
    package var fixedIP: String?
    package var tag: String?
    /// Whether we made the port, and so delete it with the server.
    package var isPortOurs: Bool
    package var state: State

    package init(id: String, server: ServerID, position: Int, state: State = .requested) {
        self.id = id
        self.server = server
        self.position = position
        self.state = state
        isPortOurs = true
    }
}

/// Why a server is in ERROR, or its last action failed.
package struct ServerFault: Sendable {
    package var code: Int
    package var message: String
    /// For administrators only.
    package var details: String?

    package init(code: Int = 500, message: String, details: String? = nil) {
        self.code = code
        self.message = message
        self.details = details
    }
}
