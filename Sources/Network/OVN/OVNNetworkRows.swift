import Core
import OVSDB

/// A network's rows: its switch, the way to its physical network, and what DHCP tells on its subnets.
struct OVNNetworkRows {
    let options: NetworkOptions

    static func switchName(_ network: String) -> String { "neutron-\(network)" }
    static func dhcpName(_ subnet: String, port: String? = nil) -> String {
        port.map { "dhcp/\(subnet)/\($0)" } ?? "dhcp/\(subnet)"
    }

    /// - Parameter metadata: the metadata port's address in each subnet that it has one in.
    func rows(_ network: Record, _ subnets: [Record], metadata: [String: String]) -> [OVNRow] {
        let name = Self.switchName(network.id)
        var rows = [
            OVNRow(
                "Logical_Switch", name,
                [
                    "external_ids": .stringMap([
                        "neutron:network_name": network.string("name"), "neutron:mtu": String(network.int("mtu") ?? 0),
                        "neutron:network_id": network.id,
                        "neutron:revision_number": String(network.int("revision_number") ?? 0),
                    ])
                ])
        ]
        let kind = network.string("provider:network_type")
        if kind == "flat" || kind == "vlan" {
            let tag = kind == "vlan" ? network.int("provider:segmentation_id") : Optional.none
            rows.append(
                OVNRow(
                    "Logical_Switch_Port", "provnet-\(network.id)",
                    [
                        "type": .string("localnet"), "addresses": .strings(["unknown"]),
                        "tag": tag.map { .integer($0) } ?? .empty,
                        "options": .stringMap(["network_name": network.string("provider:physical_network")]),
                    ], parent: OVNRowKey("Logical_Switch", name)))
        }
        for subnet in subnets where subnet.flag("enable_dhcp") {
            if let row = dhcp(subnet, network, metadata: metadata[subnet.id], extra: [:], port: nil) {
                rows.append(row)
            }
        }
        return rows
    }

    /// What DHCP tells on a subnet; nil where guests make their own addresses.
    /// - Parameter extra: a port's own options, which then has a row of its own.
    func dhcp(
        _ subnet: Record, _ network: Record, metadata: String?, extra: [String: String], port: String?
    ) -> OVNRow? {
        guard let cidr = IPNetwork(subnet.string("cidr")) else { return nil }
        if cidr.version == .v6, subnet.optional("ipv6_address_mode") == "slaac" { return nil }
        var values =
            cidr.version == .v4 ? options4(subnet, network, cidr, metadata) : options6(subnet)
        values.merge(extra) { $1 }
        var ids = ["neutron:subnet_id": subnet.id, "subnet_id": subnet.id]
        if let port { ids["port_id"] = port }
        return OVNRow(
            "DHCP_Options", Self.dhcpName(subnet.id, port: port),
            [
                "cidr": .string(cidr.description), "options": .stringMap(values), "external_ids": .stringMap(ids),
            ])
    }

    private func options4(_ subnet: Record, _ network: Record, _ cidr: IPNetwork, _ metadata: String?) -> [String:
        String]
    {
        let gateway = subnet.optional("gateway_ip")
        var values = [
            "server_id": gateway ?? metadata ?? cidr.base.advanced(by: 1).description,
            "server_mac": Self.serverMAC(subnet.id), "lease_time": String(options.leaseSeconds),
            "mtu": String(network.int("mtu") ?? 1442),
        ]
        if let gateway { values["router"] = gateway }
        let servers = subnet.strings("dns_nameservers")
        let chosen = servers.isEmpty ? options.dnsServers : servers
        if !chosen.isEmpty { values["dns_server"] = "{\(chosen.joined(separator: ", "))}" }
        if !options.dnsDomain.isEmpty { values["domain_name"] = "\"\(options.dnsDomain)\"" }
        var routes: [String] = []
        if let metadata { routes.append("169.254.169.254/32,\(metadata)") }
        for route in subnet.list("host_routes") {
            routes.append("\(route["destination"]?.string ?? ""),\(route["nexthop"]?.string ?? "")")
        }
        // A client that takes these ignores the router option (RFC 3442), so the default route is told again.
        if !routes.isEmpty, let gateway { routes.append("0.0.0.0/0,\(gateway)") }
        if !routes.isEmpty { values["classless_static_route"] = "{\(routes.joined(separator: ", "))}" }
        return values
    }

    private func options6(_ subnet: Record) -> [String: String] {
        var values = ["server_id": Self.serverMAC(subnet.id)]
        let servers = subnet.strings("dns_nameservers")
        if !servers.isEmpty { values["dns_server"] = "{\(servers.joined(separator: ", "))}" }
        if !options.dnsDomain.isEmpty { values["domain_search"] = "\"\(options.dnsDomain)\"" }
        if subnet.optional("ipv6_address_mode") == "dhcpv6-stateless" { values["dhcpv6_stateless"] = "true" }
        return values
    }

    /// The DHCP server's address, the same each time.
    private static func serverMAC(_ subnet: String) -> String {
        MACAddress(uuid: subnet)?.description ?? "fa:16:3e:00:00:01"
    }
}
