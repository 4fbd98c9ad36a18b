import CLinux
import ComputeModel
import Core
import Glibc

/// The network namespace in which one network's metadata address lives, joined to the integration bridge
/// by a pair of interfaces. Making it again changes nothing.
struct MetadataNamespace: Sendable {
    let network: NetworkID
    let bridge: String

    static let prefix = "ovnmeta-"
    static let address = "169.254.169.254"

    var name: String { Self.prefix + network.rawValue.prefix(10) }
    var path: String { "/run/netns/\(name)" }
    private var outside: String { "tap\(network.rawValue.prefix(10))0" }
    private var inside: String { "tap\(network.rawValue.prefix(10))1" }

    func ensure(_ port: MetadataPort, _ files: HostFiles) async throws {
        if try await !files.exists(path) { try await ip(["netns", "add", name]) }
        if try await !succeeds(["-n", name, "link", "show", "dev", inside]) {
            _ = try await succeeds(["link", "del", outside])
            try await ip(["link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name])
        }
        try await ip(["-n", name, "link", "set", "dev", inside, "address", port.mac])
        for address in ["\(Self.address)/32"] + port.addresses {
            try await ip(["-n", name, "address", "replace", address, "dev", inside])
        }
        try await ip(["-n", name, "link", "set", "dev", "lo", "up"])
        try await ip(["-n", name, "link", "set", "dev", inside, "up"])
        try await ip(["link", "set", "dev", outside, "up"])
        // The userspace datapath does not complete partial checksums.
        try await Command("ip", ["netns", "exec", name, "ethtool", "-K", inside, "tx", "off"]).checked()
        try await Command(
            "ovs-vsctl",
            [
                "--timeout=20", "--may-exist", "add-port", bridge, outside, "--", "set", "Interface", outside,
                "external_ids:iface-id=\(port.port)",
            ]
        ).checked()
    }

    func remove(_ files: HostFiles) async throws {
        try await Command("ovs-vsctl", ["--timeout=20", "--if-exists", "del-port", bridge, outside]).checked()
        _ = try await succeeds(["link", "del", outside])
        if try await files.exists(path) { try await ip(["netns", "del", name]) }
    }

    /// A listening socket made inside: connections to it come from this network only.
    func listen(_ files: HostFiles) async throws -> Int32 {
        let path = path
        let descriptor = try await files.run { apus_listen_in_netns(path, Self.address, 80, 256) }
        guard descriptor >= 0 else {
            throw ServiceError(
                .internal, "The metadata address cannot be served.",
                detail: "\(path): \(String(cString: strerror(-descriptor)))")
        }
        return descriptor
    }

    private func ip(_ arguments: [String]) async throws { try await Command("ip", arguments).checked() }

    private func succeeds(_ arguments: [String]) async throws -> Bool {
        try await Command("ip", arguments).run().succeeded
    }
}
