import Core
import Database
import FoundationEssentials
import Logging
import Network

/// OVN's northbound database against the network service's rows, column by column.
struct OVNCheck: DoctorCheck {
    let name = "OVN"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        var logger = Logger(label: "apus")
        logger.logLevel = .critical
        let lines = try await NetworkAudit.differences(try await cloud.configuration("network.conf"), logger: logger)
        return lines.map { line in
            let parts = line.split(separator: ": ", maxSplits: 1)
            return Finding(
                kind: .mismatch, what: String(parts.first ?? ""),
                detail: parts.count > 1 ? String(parts[1]) : "OVN differs from the database")
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
