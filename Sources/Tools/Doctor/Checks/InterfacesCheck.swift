import Core
import Database
import FoundationEssentials

/// Interfaces plugged into this host's Open vSwitch against ports and guests.
struct InterfacesCheck: DoctorCheck {
    let name = "interfaces"
    let summary = "interfaces plugged into Open vSwitch against ports; taps that are plugged nowhere"

    struct Plugged: Sendable {
        let name: String
        let port: String
        /// The guest, for one that libvirt plugged.
        let server: String?
    }

    func run(_ cloud: Cloud) async throws -> [Finding] {
        guard cloud.has("compute-agent.conf") else { throw CheckSkipped(reason: "no compute-agent is configured here") }
        let (all, plugged) = try await Self.listed(cloud)
        let ports = try await cloud.values("network", "SELECT id FROM ports")
        let busy = try await cloud.underWay()
        var findings: [Finding] = []
        for interface in plugged where !ports.contains(interface.port) {
            if let server = interface.server, busy.contains(server) { continue }
            findings.append(try await Self.leftover(interface, cloud))
        }
        return try await findings + cloud.files.run { try Self.loose(besides: all) }
    }

    /// All interfaces by name, and those that are some port's.
    static func listed(_ cloud: Cloud) async throws -> (all: Set<String>, plugged: [Plugged]) {
        let text = try await cloud.output(
            "ovs-vsctl", ["--timeout=5", "--format=json", "--columns=name,external_ids", "list", "Interface"])
        var all: Set<String> = []
        var plugged: [Plugged] = []
        for row in try JSONValue.parse(Array(text.utf8))["data"]?.array ?? [] {
            guard let name = row[0]?.string else { continue }
            all.insert(name)
            var ids: [String: String] = [:]
            for pair in row[1]?[1]?.array ?? [] { ids[pair[0]?.string ?? ""] = pair[1]?.string }
            if let port = ids["iface-id"] { plugged.append(Plugged(name: name, port: port, server: ids["vm-id"])) }
        }
        return (all, plugged)
    }

    private static func leftover(_ interface: Plugged, _ cloud: Cloud) async throws -> Finding {
        guard let server = interface.server else {
            return Finding(
                .warning, .leftover, "interface \(interface.name)", "there is no port \(interface.port)",
                advice: "the compute agent removes it within its reconcile_interval if it serves metadata there; "
                    + "else ovs-vsctl del-port \(interface.name)")
        }
        let isOurs = try await wasServer(server, cloud)
        return Finding(
            .warning, .leftover, "interface \(interface.name)",
            "there is no port \(interface.port); it was plugged for \(isOurs ? "server" : "somebody else's guest") \(server)",
            advice: "ovs-vsctl del-port \(interface.name)", repair: isOurs ? unplug(interface, server) : nil)
    }

    private static func wasServer(_ id: String, _ cloud: Cloud) async throws -> Bool {
        try await cloud.database("compute").first("SELECT id FROM servers WHERE id = \(id)") != nil
    }

    private static func unplug(_ interface: Plugged, _ server: String) -> Repair {
        Repair("unplug interface \(interface.name)") { cloud in
            let now = try await listed(cloud).plugged.first { $0.name == interface.name }
            guard let now, now.port == interface.port, now.server == server else {
                return .refused("it is gone, or another's by now")
            }
            guard try await cloud.database("network").first("SELECT id FROM ports WHERE id = \(now.port)") == nil else {
                return .refused("the port exists")
            }
            guard try await !cloud.isUnderWay(server) else { return .refused("a workflow of its server is under way") }
            let domains = try await DomainsCheck.listed(try DomainsCheck.uri(cloud), cloud).active
            guard !domains.contains(server) else { return .refused("the guest runs") }
            _ = try await cloud.output("ovs-vsctl", ["--timeout=5", "--if-exists", "del-port", interface.name])
            return .done("unplugged")
        }
    }

    /// Tap devices that no switch or bridge has: what a guest that was killed may leave.
    private static func loose(besides plugged: Set<String>) throws -> [Finding] {
        let root = "/sys/class/net"
        return try folderNames(root).filter { name in
            guard name.hasPrefix("vnet") || name.hasPrefix("tap"), !plugged.contains(name) else { return false }
            return try FileFacts("\(root)/\(name)/tun_flags") != nil && FileFacts("\(root)/\(name)/master") == nil
        }.map {
            Finding(
                .note, .leftover, "tap \($0)", "it is on no switch or bridge",
                advice: "ip tuntap del dev \($0) mode tap, if no program holds it")
        }
    }
}
