package import ComputeModel
import Core
import FoundationEssentials

/// What the agent remembers of a server, kept in the domain's metadata: libvirt is the agent's state.
///
/// It is enough to make the domain again (a hard reboot does) without asking anybody, but for volumes'
/// credentials, which are never kept.
package struct GuestRecord: Codable, Sendable, Hashable {
    package var spec: ServerSpec
    /// The newest command acted upon that concerns the server as a whole.
    package var fence: CommandFence
    /// The newest command acted upon for each device, by volume or port id: workflows of different devices
    /// run beside each other, and none makes those of another outdated. Nil in records of older agents.
    package private(set) var deviceFences: [String: CommandFence]?
    /// Device names (`vdb`) by volume id.
    package var volumeTargets: [String: String]
    /// Local disks in the order of their targets.
    package var localDisks: [LocalDisk]

    package init(
        spec: ServerSpec, fence: CommandFence, volumeTargets: [String: String] = [:], localDisks: [LocalDisk] = [],
        deviceFences: [String: CommandFence]? = nil
    ) {
        self.spec = spec
        self.fence = fence
        self.deviceFences = deviceFences
        self.volumeTargets = volumeTargets
        self.localDisks = localDisks
    }

    /// Devices whose commands are remembered; more than a guest can have, since those that went count too.
    static let rememberedDevices = 64

    package func fence(of device: String?) -> CommandFence {
        guard let device else { return fence }
        return deviceFences?[device] ?? .none
    }

    /// Notes a command as acted upon; of too many devices the one that was longest left alone is forgotten.
    package mutating func note(_ newer: CommandFence, for device: String?) {
        guard let device else {
            fence = newer
            return
        }
        deviceFences = deviceFences ?? [:]
        deviceFences?[device] = newer
        while let all = deviceFences, all.count > Self.rememberedDevices,
            let oldest = all.min(by: { $0.value < $1.value })
        {
            deviceFences?[oldest.key] = nil
        }
    }

    /// Whether a device came or went by a command that is newer than `older`.
    package func devicesChanged(since older: CommandFence) -> Bool {
        deviceFences?.values.contains { older < $0 } ?? false
    }

    /// A file of the agent's that the guest has as a disk.
    package struct LocalDisk: Codable, Sendable, Hashable {
        package enum Role: String, Codable, Sendable { case root, ephemeral, swap, configDrive }

        package var role: Role
        package var path: String
        /// `qcow2` or `raw`; the agent made the file, so it knows.
        package var format: String
        package var target: String

        package init(role: Role, path: String, format: String, target: String) {
            self.role = role
            self.path = path
            self.format = format
            self.target = target
        }
    }

    package static let namespace = "https://apus.cloud/xmlns/libvirt/1"
    static let prefix = "apus"

    /// The metadata element: ids as attributes for people who read the domain, the whole as JSON.
    package func metadataXML(declaringNamespace: Bool) throws -> String {
        var xml = XMLBuilder()
        try write(to: &xml, declaringNamespace: declaringNamespace)
        return xml.text
    }

    func write(to xml: inout XMLBuilder, declaringNamespace: Bool) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(self), as: UTF8.self)
        let prefix = declaringNamespace ? "\(Self.prefix):" : ""
        xml.element(
            "\(prefix)server",
            [
                "xmlns:\(Self.prefix)": declaringNamespace ? Self.namespace : nil, "id": spec.server.rawValue,
                "project": spec.project.rawValue, "order": String(fence.order),
                "generation": String(fence.generation),
            ]
        ) { xml in
            xml.element("\(prefix)name", text: spec.name)
            xml.element("\(prefix)flavor", text: spec.flavor.name)
            for nic in spec.nics {
                xml.element(
                    "\(prefix)port", ["id": nic.port.rawValue, "network": nic.network.rawValue, "mac": nic.mac])
            }
            xml.element("\(prefix)record", text: json)
        }
    }

    /// Reads the element back; nil when it is not one of ours.
    package init?(metadataXML: String) throws {
        let element = try XMLElement(parsing: metadataXML)
        let record = element.children.first { $0.name == "record" || $0.name.hasSuffix(":record") }
        guard let record else { return nil }
        self = try JSONDecoder().decode(GuestRecord.self, from: Data(record.text.utf8))
    }
}
