package import ComputeModel
package import Core

/// The least a hypervisor must do. All commands are safe to repeat: what is so already is no error.
///
/// Each further ability is a protocol of its own (below): a driver has it by conforming, and the host
/// reports it as a trait.
package protocol Hypervisor: Sendable {
    /// `libvirt`, `fake`.
    var driverName: String { get }

    /// Keeps the driver connected until cancelled.
    func maintain() async throws

    /// What happens to guests, commanded or not.
    func events() -> AsyncStream<GuestEvent>

    /// Throws when the hypervisor cannot be reached; quick, since readiness is asked for often.
    func checkReachable() async throws

    func inventory() async throws -> HypervisorInventory

    /// Every guest that carries our record.
    func guests() async throws -> [Guest]

    /// One guest; nil when the host has none with this id.
    func guest(_ server: ServerID) async throws -> Guest?

    /// Makes or replaces a guest's persistent description. A running guest keeps the one it runs with.
    func define(_ guest: GuestDefinition) async throws

    /// Replaces what is remembered of a guest.
    func setRecord(_ record: GuestRecord) async throws

    /// Starts a guest; from its saved state when it was suspended.
    func start(_ server: ServerID) async throws

    /// Stops a guest at once, and forgets a saved state.
    func stop(_ server: ServerID) async throws

    /// Stops a guest and forgets it.
    func remove(_ server: ServerID) async throws
}

/// Asks the guest to power itself off; whether it does is seen in its state.
package protocol GuestShutdown: Hypervisor {
    func pressPowerButton(_ server: ServerID) async throws
}

package protocol GuestPausing: Hypervisor {
    func pause(_ server: ServerID) async throws
    func unpause(_ server: ServerID) async throws
}

/// Saves a guest's memory to disk; `start` continues it.
package protocol GuestSuspending: Hypervisor {
    func suspend(_ server: ServerID) async throws
}

/// Plugs and unplugs disks, live where the guest runs, and in its persistent description.
package protocol VolumeHotPlug: Hypervisor {
    func plug(_ disk: GuestDisk, into server: ServerID) async throws

    /// Unplugs the disk and returns when the guest no longer has it.
    /// - Throws: `ServiceError` with code `.conflict` when the guest does not let it go in `timeout`.
    func unplugDisk(alias: String, from server: ServerID, timeout: Duration) async throws

    /// Whether the guest or its persistent description has the device.
    func hasDevice(alias: String, _ server: ServerID) async throws -> Bool
}

/// Plugs and unplugs NICs, as disks are.
package protocol NICHotPlug: Hypervisor {
    func plug(_ nic: GuestNIC, into server: ServerID) async throws
    func unplugNIC(alias: String, from server: ServerID, timeout: Duration) async throws
}

/// Holds the passwords with which the hypervisor itself reaches volumes, in memory only.
package protocol VolumeSecrets: Hypervisor {
    func setSecret(_ id: String, usage: String, value: Secret) async throws
    func removeSecret(_ id: String) async throws
}

/// Reads what a guest wrote to its console.
package protocol ConsoleReading: Hypervisor {
    /// The last bytes of the console log at `path`; empty when nothing was written yet.
    func console(_ server: ServerID, log path: String, maximumBytes: Int) async throws -> [UInt8]
}

package protocol GuestDiagnostics: Hypervisor {
    func diagnostics(_ server: ServerID) async throws -> ServerDiagnostics.Reply
}

/// Copies a running guest's disk as it is at one moment, without stopping the guest.
package protocol LiveDiskCopy: Hypervisor {
    /// Copies the disk `target` with all it is based on into the new qcow2 file `destination`.
    func copyDisk(_ target: String, of server: ServerID, to destination: String, timeout: Duration) async throws
}

/// A guest as the hypervisor has it.
package struct Guest: Sendable, Hashable {
    package var server: ServerID
    package var power: PowerState
    package var record: GuestRecord

    package init(server: ServerID, power: PowerState, record: GuestRecord) {
        self.server = server
        self.power = power
        self.record = record
    }
}

package enum GuestEvent: Sendable, Hashable {
    case changed(ServerID, PowerState, ReportPowerState.Event)
    /// Events may have been lost: compare with what the hypervisor has.
    case compare
}

/// What the hypervisor says of its host.
package struct HypervisorInventory: Sendable, Hashable {
    package var node: String
    package var type: String
    /// major * 1,000,000 + minor * 1,000 + micro.
    package var version: Int
    package var vcpus: Int
    package var memoryMiB: Int
    package var cpuInfo: JSONValue
    package var cpuTraits: [String]
    package var supportedInstances: [[String]]

    package init(
        node: String, type: String, version: Int, vcpus: Int, memoryMiB: Int, cpuInfo: JSONValue,
        cpuTraits: [String], supportedInstances: [[String]]
    ) {
        self.node = node
        self.type = type
        self.version = version
        self.vcpus = vcpus
        self.memoryMiB = memoryMiB
        self.cpuInfo = cpuInfo
        self.cpuTraits = cpuTraits
        self.supportedInstances = supportedInstances
    }
}

extension Hypervisor {
    /// The abilities as OpenStack's standard traits.
    package var capabilityTraits: [String] {
        var traits = ["COMPUTE_IMAGE_TYPE_QCOW2", "COMPUTE_IMAGE_TYPE_RAW", "COMPUTE_NODE"]
        if self is any NICHotPlug { traits.append("COMPUTE_NET_ATTACH_INTERFACE") }
        return traits
    }
}
