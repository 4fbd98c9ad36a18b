package import Core

// Casts to `compute.HOST`. Each is safe to repeat, is refused when a newer command for the same server
// was seen, and is answered by a `ReportStep` with its ticket.

/// Makes the server exist as described, and run or not. Reports `ServerPlaced`.
package struct EnsureServer: Codable, Sendable {
    package enum Power: String, Codable, Sendable { case running, stopped }

    package enum Disks: String, Codable, Sendable {
        /// Those that are missing are made: the server is being built.
        case make
        /// Those that hold the user's data must be there: a server that ran is never given an empty disk
        /// for the one it lost.
        case keep
    }

    package var ticket: StepTicket
    package var spec: ServerSpec
    package var power: Power
    /// Nil is `make`.
    package var disks: Disks?

    package init(ticket: StepTicket, spec: ServerSpec, power: Power = .running, disks: Disks = .make) {
        self.ticket = ticket
        self.spec = spec
        self.power = power
        self.disks = disks
    }
}

/// Removes the server's domain, disks, ports' taps and volume connections from the host. Reports null,
/// also when there was nothing to remove. Volumes and ports themselves are the conductor's to delete.
package struct DestroyServer: Codable, Sendable {
    package var ticket: StepTicket
    package var server: ServerID

    package init(ticket: StepTicket, server: ServerID) {
        self.ticket = ticket
        self.server = server
    }
}

/// Moves the server's power state. Reports `PowerReport`.
package struct PowerServer: Codable, Sendable {
    package enum Action: String, Codable, Sendable, CaseIterable {
        case start, stop, softReboot, hardReboot, pause, unpause, suspend, resume
    }

    package var ticket: StepTicket
    package var server: ServerID
    package var action: Action
    /// Seconds a guest is given to react to the power button before it is forced; nil takes the host's setting.
    package var graceSeconds: Int?

    package init(ticket: StepTicket, server: ServerID, action: Action, graceSeconds: Int? = nil) {
        self.ticket = ticket
        self.server = server
        self.action = action
        self.graceSeconds = graceSeconds
    }
}

/// Connects a volume and plugs it in, live where the server runs. The attachment exists already.
/// Reports `VolumeAttached`.
package struct AttachVolume: Codable, Sendable {
    package var ticket: StepTicket
    package var server: ServerID
    package var volume: VolumeSpec

    package init(ticket: StepTicket, server: ServerID, volume: VolumeSpec) {
        self.ticket = ticket
        self.server = server
        self.volume = volume
    }
}

/// Unplugs a volume and waits until the guest has let it go. Reports null, also when it was not
/// attached. The conductor deletes the attachment afterwards, and only then.
package struct DetachVolume: Codable, Sendable {
    package var ticket: StepTicket
    package var server: ServerID
    package var volume: VolumeID
    package var attachment: AttachmentID

    package init(ticket: StepTicket, server: ServerID, volume: VolumeID, attachment: AttachmentID) {
        self.ticket = ticket
        self.server = server
        self.volume = volume
        self.attachment = attachment
    }
}

/// Plugs a port in, live where the server runs. Reports null.
package struct PlugPort: Codable, Sendable {
    package var ticket: StepTicket
    package var server: ServerID
    package var nic: NICSpec

    package init(ticket: StepTicket, server: ServerID, nic: NICSpec) {
        self.ticket = ticket
        self.server = server
        self.nic = nic
    }
}

/// Unplugs a port. Reports null, also when it was not plugged.
package struct UnplugPort: Codable, Sendable {
    package var ticket: StepTicket
    package var server: ServerID
    package var port: PortID

    package init(ticket: StepTicket, server: ServerID, port: PortID) {
        self.ticket = ticket
        self.server = server
        self.port = port
    }
}

/// Uploads the root disk's present content into an image that exists already and is `queued`.
/// Reports `SnapshotTaken`.
package struct SnapshotServer: Codable, Sendable {
    package var ticket: StepTicket
    package var server: ServerID
    package var image: ImageID
    /// The disk format to upload: `qcow2` or `raw`, as the image's record says.
    package var diskFormat: String

    package init(ticket: StepTicket, server: ServerID, image: ImageID, diskFormat: String = "qcow2") {
        self.ticket = ticket
        self.server = server
        self.image = image
        self.diskFormat = diskFormat
    }
}
