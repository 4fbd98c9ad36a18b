package import Core

// The states of compute's sagas. compute-api creates them, in the transaction that accepts the request;
// conductor has their steps. `order` is the server row's version in that transaction and orders the
// commands that the saga sends to an agent (see `StepTicket`).

/// Makes a server run on a host.
package struct BuildServerState: Codable, Sendable {
    package static let sagaName = "build-server"
    package static let sagaVersion = 1

    package var server: ServerID
    package var order: Int64
    package var host: String?
    package var node: String?

    package init(server: ServerID, order: Int64) {
        self.server = server
        self.order = order
    }
}

/// Removes a server, whatever state it is in.
package struct DeleteServerState: Codable, Sendable {
    package static let sagaName = "delete-server"
    package static let sagaVersion = 1

    package var server: ServerID
    package var order: Int64

    package init(server: ServerID, order: Int64) {
        self.server = server
        self.order = order
    }
}

/// Moves a server's power state: start, stop, reboot, pause, unpause, suspend, resume.
package struct PowerServerState: Codable, Sendable {
    package static let sagaName = "power-server"
    package static let sagaVersion = 1

    package var server: ServerID
    package var order: Int64
    package var action: ServerAction
    /// The states to return to when the host could not do it.
    package var before: VMState

    package init(server: ServerID, order: Int64, action: ServerAction, before: VMState) {
        self.server = server
        self.order = order
        self.action = action
        self.before = before
    }
}

/// Connects a volume to a server. The block device's row exists already.
package struct AttachVolumeState: Codable, Sendable {
    package static let sagaName = "attach-volume"
    package static let sagaVersion = 1

    package var server: ServerID
    package var order: Int64
    package var volume: VolumeID
    /// The block device's row.
    package var device: String
    package var attachment: AttachmentID?

    package init(server: ServerID, order: Int64, volume: VolumeID, device: String) {
        self.server = server
        self.order = order
        self.volume = volume
        self.device = device
    }
}

/// Disconnects a volume from a server.
package struct DetachVolumeState: Codable, Sendable {
    package static let sagaName = "detach-volume"
    package static let sagaVersion = 1

    package var server: ServerID
    package var order: Int64
    package var volume: VolumeID
    package var device: String
    package var attachment: AttachmentID

    package init(server: ServerID, order: Int64, volume: VolumeID, device: String, attachment: AttachmentID) {
        self.server = server
        self.order = order
        self.volume = volume
        self.device = device
        self.attachment = attachment
    }
}

/// Plugs a network interface into a server. The interface's row exists already.
package struct AttachInterfaceState: Codable, Sendable {
    package static let sagaName = "attach-interface"
    package static let sagaVersion = 1

    package var server: ServerID
    package var order: Int64
    /// The `server_interfaces` row.
    package var interface: String

    package init(server: ServerID, order: Int64, interface: String) {
        self.server = server
        self.order = order
        self.interface = interface
    }
}

/// Unplugs a network interface from a server.
package struct DetachInterfaceState: Codable, Sendable {
    package static let sagaName = "detach-interface"
    package static let sagaVersion = 1

    package var server: ServerID
    package var order: Int64
    package var interface: String
    package var port: PortID

    package init(server: ServerID, order: Int64, interface: String, port: PortID) {
        self.server = server
        self.order = order
        self.interface = interface
        self.port = port
    }
}

/// Uploads a server's root disk into an image whose record compute-api has made.
package struct SnapshotServerState: Codable, Sendable {
    package static let sagaName = "snapshot-server"
    package static let sagaVersion = 1

    package var server: ServerID
    package var order: Int64
    package var image: ImageID

    package init(server: ServerID, order: Int64, image: ImageID) {
        self.server = server
        self.order = order
        self.image = image
    }
}
