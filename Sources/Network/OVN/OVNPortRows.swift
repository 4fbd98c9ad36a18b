import Core
import OVSDB

/// A port's row on its switch, and its own DHCP options where it has them.
struct OVNPortRows {
    let networks: OVNNetworkRows
    /// Names and host names of the chassis there are: a port asks for a host only when OVN knows it.
    let hosts: Set<String>

    func rows(_ port: Record, _ network: Record, _ subnets: [String: Record], metadata: [String: String]) -> [OVNRow] {
        let owner = port.string("device_owner")
        // A floating IP's port only holds its address; the router's NAT rules do the work.
        if owner == "network:floatingip" { return [] }
        let mac = port.string("mac_address")
        let fixed = port.list("fixed_ips").compactMap { $0["ip_address"]?.string }
        let address = ([mac] + fixed).joined(separator: " ")
        let isSecure = port.flag("port_security_enabled")
        var columns: [String: OVSDBDatum] = [
            "type": .string(""), "enabled": .boolean(port.flag("admin_state_up")),
            "addresses": .strings(isSecure || owner == MetadataPort.owner ? [address] : [address, "unknown"]),
            "port_security": isSecure ? .strings(security(port, mac, fixed)) : .empty,
            "external_ids": .stringMap(externalIDs(port, network, subnets)),
        ]
        var options: [String: String] = [:]
        if owner.hasPrefix("network:router") {
            columns["type"] = .string("router")
            columns["addresses"] = .strings(["router"])
            options["router-port"] = "lrp-\(port.id)"
            if owner == RouterGateway.owner { options["nat-addresses"] = "router" }
        } else if owner == MetadataPort.owner {
            columns["type"] = .string("localport")
        } else {
            let host = port.string("binding:host_id")
            if !host.isEmpty, hosts.contains(host) { options["requested-chassis"] = host }
        }
        columns["options"] = .stringMap(options)
        var row = OVNRow(
            "Logical_Switch_Port", port.id, columns,
            parent: OVNRowKey("Logical_Switch", OVNNetworkRows.switchName(network.id)))
        let groups = isSecure ? port.strings("security_groups").map(OVNSecurityRows.groupName) : []
        row.memberships = (
            "Port_Group", "ports", Set(isSecure ? groups + [OVNSecurityRows.dropGroup] : [])
        )
        var rows: [OVNRow] = []
        row.references["dhcpv4_options"] = dhcp(.v4, port, network, subnets, metadata, &rows)
        row.references["dhcpv6_options"] = dhcp(.v6, port, network, subnets, metadata, &rows)
        return rows + [row]
    }

    private func security(_ port: Record, _ mac: String, _ fixed: [String]) -> [String] {
        var byMAC = [mac: fixed]
        for pair in port.list("allowed_address_pairs") {
            guard let address = pair["ip_address"]?.string else { continue }
            byMAC[pair["mac_address"]?.string ?? mac, default: []].append(address)
        }
        return byMAC.map { ([$0.key] + $0.value).joined(separator: " ") }
    }

    private func externalIDs(_ port: Record, _ network: Record, _ subnets: [String: Record]) -> [String: String] {
        let cidrs = port.list("fixed_ips").compactMap { item -> String? in
            guard let address = item["ip_address"]?.string, let subnet = subnets[item["subnet_id"]?.string ?? ""],
                let block = IPNetwork(subnet.string("cidr"))
            else { return nil }
            return "\(address)/\(block.prefixLength)"
        }
        return [
            "neutron:cidrs": cidrs.joined(separator: " "), "neutron:device_id": port.string("device_id"),
            "neutron:device_owner": port.string("device_owner"),
            "neutron:network_name": OVNNetworkRows.switchName(network.id), "neutron:port_name": port.string("name"),
            "neutron:project_id": port.projectID, "neutron:host_id": port.string("binding:host_id"),
            "neutron:revision_number": String(port.int("revision_number") ?? 0),
            "neutron:security_group_ids": port.strings("security_groups").joined(separator: " "),
        ]
    }

    private func dhcp(
        _ version: IPAddress.Version, _ port: Record, _ network: Record, _ subnets: [String: Record],
        _ metadata: [String: String], _ rows: inout [OVNRow]
    ) -> [OVNRowKey] {
        guard !port.string("device_owner").hasPrefix("network:") else { return [] }
        let first = port.list("fixed_ips").first { item in
            item["ip_address"]?.string.flatMap { IPAddress($0) }?.version == version
        }
        guard let id = first?["subnet_id"]?.string, let subnet = subnets[id], subnet.flag("enable_dhcp") else {
            return []
        }
        if version == .v6, subnet.optional("ipv6_address_mode") == "slaac" { return [] }
        let given = port.list("extra_dhcp_opts").filter { ($0["ip_version"]?.int ?? 4) == version.rawValue }
        if given.contains(where: {
            $0["opt_name"] == "dhcp_disabled" && $0["opt_value"]?.string?.lowercased() == "true"
        }) {
            return []
        }
        let extra = Self.extra(given, version)
        guard !extra.isEmpty else { return [OVNRowKey("DHCP_Options", OVNNetworkRows.dhcpName(id))] }
        guard let row = networks.dhcp(subnet, network, metadata: metadata[id], extra: extra, port: port.id) else {
            return []
        }
        rows.append(row)
        return [row.key]
    }

    /// Options by OVN's names; what OVN 23.03 does not know it would refuse to send, so it is left out.
    private static func extra(_ given: [JSONValue], _ version: IPAddress.Version) -> [String: String] {
        var result: [String: String] = [:]
        for option in given {
            guard let name = option["opt_name"]?.string, let value = option["opt_value"]?.string else { continue }
            let table = version == .v4 ? names4 : names6
            guard let known = table[name] else { continue }
            result[known.name] = known.isText && !value.hasPrefix("\"") ? "\"\(value)\"" : value
        }
        return result
    }

    private static let names4: [String: (name: String, isText: Bool)] = [
        "bootfile-name": ("bootfile_name", true), "67": ("bootfile_name", true),
        "tftp-server": ("tftp_server", true), "66": ("tftp_server", true),
        "server-ip-address": ("next_server", false), "tftp-server-address": ("tftp_server_address", false),
        "150": ("tftp_server_address", false), "mtu": ("mtu", false), "26": ("mtu", false),
        "router": ("router", false), "3": ("router", false), "dns-server": ("dns_server", false),
        "6": ("dns_server", false), "ntp-server": ("ntp_server", false), "42": ("ntp_server", false),
        "domain-name": ("domain_name", true), "15": ("domain_name", true),
        "classless-static-route": ("classless_static_route", false), "121": ("classless_static_route", false),
        "lease-time": ("lease_time", false), "51": ("lease_time", false), "wpad": ("wpad", true), "252": ("wpad", true),
        "path-prefix": ("path_prefix", true), "210": ("path_prefix", true), "hostname": ("hostname", true),
    ]

    private static let names6: [String: (name: String, isText: Bool)] = [
        "dns-server": ("dns_server", false), "domain-search": ("domain_search", true),
        "bootfile-name": ("bootfile_name", true),
    ]
}
