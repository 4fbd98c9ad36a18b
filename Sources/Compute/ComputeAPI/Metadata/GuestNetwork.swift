import ComputeModel
import Core

/// `network_data.json`: links, networks and name servers of a guest.
///
/// Source: Nova's network_data schema.
struct GuestNetwork: Sendable {
    let document: JSONValue

    static func load(_ server: Server, _ env: ComputeEnvironment, _ context: RequestContext) async throws -> Self {
        let ports = try await env.networks.ports(of: [server.id], context)
        let subnetIDs = Set(ports.flatMap { $0["fixed_ips"]?.array ?? [] }.compactMap { $0["subnet_id"]?.string })
        let networkIDs = Set(ports.compactMap { $0["network_id"]?.string })
        let subnets = subnetIDs.isEmpty
            ? [] : try await env.networks.list("subnets", subnetIDs.sorted().map { ("id", $0) }, context)
        let networks = networkIDs.isEmpty
            ? [] : try await env.networks.list("networks", networkIDs.sorted().map { ("id", $0) }, context)
        return GuestNetwork(ports: ordered(ports, server), subnets: subnets, networks: networks)
    }

    /// In the order in which the guest has its interfaces.
    private static func ordered(_ ports: [JSONValue], _ server: Server) -> [JSONValue] {
        let order = Dictionary(
            server.networkInfo.enumerated().map { ($1.port.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
        return ports.sorted { order[$0["id"]?.string ?? ""] ?? .max < order[$1["id"]?.string ?? ""] ?? .max }
    }

    init(ports: [JSONValue], subnets: [JSONValue], networks: [JSONValue]) {
        let subnetsByID = Self.byID(subnets)
        let networksByID = Self.byID(networks)
        var links: [JSONValue] = []
        var entries: [JSONValue] = []
        var servers: [String] = []
        for port in ports {
            let id = port["id"]?.string ?? ""
            let link = "tap\(id.prefix(11))"
            links.append([
                "id": .string(link), "vif_id": .string(id), "type": "ovs",
                "mtu": networksByID[port["network_id"]?.string ?? ""]?["mtu"] ?? .null,
                "ethernet_mac_address": port["mac_address"] ?? .null,
            ])
            for address in port["fixed_ips"]?.array ?? [] {
                guard let subnet = subnetsByID[address["subnet_id"]?.string ?? ""] else { continue }
                servers += (subnet["dns_nameservers"]?.array ?? []).compactMap(\.string).filter { !servers.contains($0) }
                entries.append(
                    Self.entry("network\(entries.count)", link, port["network_id"]?.string ?? "", address, subnet))
            }
        }
        document = [
            "links": .array(links), "networks": .array(entries),
            "services": .array(servers.map { ["type": "dns", "address": .string($0)] }),
        ]
    }

    private static func byID(_ items: [JSONValue]) -> [String: JSONValue] {
        Dictionary(
            items.compactMap { item in item["id"]?.string.map { ($0, item) } }, uniquingKeysWith: { first, _ in first })
    }

    private static func entry(
        _ id: String, _ link: String, _ network: String, _ address: JSONValue, _ subnet: JSONValue
    ) -> JSONValue {
        let isV6 = subnet["ip_version"]?.int == 6
        let usesDHCP = subnet["enable_dhcp"]?.bool ?? true
        var entry: [String: JSONValue] = ["id": .string(id), "link": .string(link), "network_id": .string(network)]
        let mode = subnet["ipv6_address_mode"]?.string
        guard isV6 || !usesDHCP else {
            entry["type"] = "ipv4_dhcp"
            return .object(entry)
        }
        entry["type"] = .string(isV6 ? (mode.map { "ipv6_\($0)" } ?? "ipv6") : "ipv4")
        entry["ip_address"] = address["ip_address"] ?? .null
        let prefix = Int(subnet["cidr"]?.string?.split(separator: "/").last ?? "") ?? 0
        entry["netmask"] = .string(isV6 ? v6Mask(prefix) : v4Mask(prefix))
        var routes: [JSONValue] = []
        if let gateway = subnet["gateway_ip"]?.string {
            let any: JSONValue = isV6 ? "::" : "0.0.0.0"
            routes.append(["network": any, "netmask": any, "gateway": .string(gateway)])
        }
        for route in subnet["host_routes"]?.array ?? [] {
            let parts = (route["destination"]?.string ?? "").split(separator: "/")
            guard parts.count == 2, let bits = Int(parts[1]) else { continue }
            routes.append([
                "network": .string(String(parts[0])), "netmask": .string(isV6 ? v6Mask(bits) : v4Mask(bits)),
                "gateway": route["nexthop"] ?? .null,
            ])
        }
        entry["routes"] = .array(routes)
        entry["services"] = .array(
            (subnet["dns_nameservers"]?.array ?? []).map { ["type": "dns", "address": $0] })
        return .object(entry)
    }

    static func v4Mask(_ prefix: Int) -> String {
        let bits: UInt32 = prefix <= 0 ? 0 : prefix >= 32 ? .max : ~(UInt32.max >> UInt32(prefix))
        return [24, 16, 8, 0].map { String(bits >> UInt32($0) & 255) }.joined(separator: ".")
    }

    static func v6Mask(_ prefix: Int) -> String {
        let groups = (0..<8).map { index -> String in
            let bits = min(16, max(0, prefix - 16 * index))
            return String(bits == 0 ? 0 : 0xffff & ~(0xffff >> bits), radix: 16)
        }
        let used = groups.prefix { $0 != "0" }
        return used.count == 8 ? groups.joined(separator: ":") : used.joined(separator: ":") + "::"
    }
}
