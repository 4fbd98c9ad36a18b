import Core
import Database
import FoundationEssentials
import Network

/// OVN's logical switches and ports against the network service's rows.
struct OVNCheck: DoctorCheck {
    let name = "OVN ports"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let options = try await cloud.configuration("network.conf").read(OVNOptions.self)
        let ports = try await cloud.values(
            "network", "SELECT id FROM ports WHERE device_owner <> 'network:floatingip'")
        let networks = try await cloud.values("network", "SELECT id FROM networks")
        let routers = try await cloud.values("network", "SELECT id FROM routers")
        let northbound = options.northbound
        let logicalPorts = try await names("Logical_Switch_Port", northbound, cloud)
            .filter { !$0.hasPrefix("provnet-") }
        let switches = try await names("Logical_Switch", northbound, cloud)
        let logicalRouters = try await names("Logical_Router", northbound, cloud)
        return compare("logical switch port", "port", ports, logicalPorts)
            + compare("logical switch", "network", Set(networks.map { "neutron-\($0)" }), switches)
            + compare("logical router", "router", Set(routers.map { "neutron-\($0)" }), logicalRouters)
    }

    private func names(_ table: String, _ remote: String, _ cloud: DoctorContext) async throws -> Set<String> {
        let text = try await cloud.output(
            "ovn-nbctl",
            ["--db=\(remote)", "--no-leader-only", "--bare", "--format=csv", "--no-headings", "--columns=name", "list", table])
        return Set(text.split(whereSeparator: \.isNewline).map { $0.filter { $0 != "\"" } }.filter { !$0.isEmpty })
    }

    private func compare(_ what: String, _ row: String, _ wanted: Set<String>, _ found: Set<String>) -> [Finding] {
        wanted.subtracting(found).sorted().map {
            Finding(kind: .missing, what: "\(what) \($0)", detail: "the \(row) is in the database, not in OVN")
        } + found.subtracting(wanted).sorted().map {
            Finding(kind: .leftover, what: "\(what) \($0)", detail: "no \(row) has that id")
        }
    }
}

/// Interfaces plugged into this host's Open vSwitch against ports.
struct InterfacesCheck: DoctorCheck {
    let name = "plugged interfaces"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let ports = try await cloud.values("network", "SELECT id FROM ports")
        let text = try await cloud.output(
            "ovs-vsctl", ["--bare", "--format=csv", "--no-headings", "--columns=name,external_ids", "list", "Interface"])
        var findings: [Finding] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let start = line.firstRange(of: "iface-id=")?.upperBound else { continue }
            let port = String(line[start...].prefix { $0.isHexDigit || $0 == "-" })
            let interface = line.prefix { $0 != "," }
            if !ports.contains(port) {
                findings.append(
                    Finding(kind: .leftover, what: "interface \(interface)", detail: "there is no port \(port)"))
            }
        }
        return findings
    }
}

/// Ports of servers against the servers.
struct PortsCheck: DoctorCheck {
    let name = "servers' ports"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let rows = try await cloud.database("network").query(
            "SELECT id, device_id FROM ports WHERE device_owner LIKE 'compute:%'")
        let servers = try await cloud.values("compute", "SELECT id FROM servers WHERE deleted_at IS NULL")
        return try rows.compactMap { row in
            let server: String = try row.get("device_id")
            guard !servers.contains(server) else { return nil }
            return Finding(
                kind: .leftover, what: "port \(try row.get("id", as: String.self))",
                detail: "it belongs to server \(server), which does not exist")
        }
    }
}
