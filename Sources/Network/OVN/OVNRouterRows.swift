import Core
import OVSDB

/// A router's rows: its ports, its way out, its NAT rules and its routes.
struct OVNRouterRows {
    /// Gateway hosts, the best last resort last.
    let gatewayChassis: [String]
    let distributedFloatingIPs: Bool

    struct Leg {
        let port: Record
        /// The port's network: its MTU.
        let network: Record
        /// The port's addresses with their subnets.
        let addresses: [(ip: IPAddress, subnet: Record)]
        var isGateway: Bool { port.string("device_owner") == RouterGateway.owner }
    }

    static func routerName(_ id: String) -> String { "neutron-\(id)" }

    /// - Parameter floating: the router's associated floating IPs, each with its own port's MAC.
    func rows(_ router: Record, _ legs: [Leg], floating: [(record: Record, mac: String)]) -> [OVNRow] {
        let name = Self.routerName(router.id)
        let parent = OVNRowKey("Logical_Router", name)
        var rows = [
            OVNRow(
                "Logical_Router", name,
                [
                    "enabled": .boolean(router.flag("admin_state_up")),
                    "options": .stringMap([
                        "always_learn_from_arp_request": "false", "dynamic_neigh_routers": "true",
                    ]),
                    "external_ids": .stringMap([
                        "neutron:router_name": router.string("name"), "neutron:router_id": router.id,
                        "neutron:revision_number": String(router.int("revision_number") ?? 0),
                    ]),
                ])
        ]
        for leg in legs { rows += port(leg, router, parent) }
        rows += routes(router, legs, parent)
        rows += nat(router, legs, floating, parent)
        return rows
    }

    private func port(_ leg: Leg, _ router: Record, _ parent: OVNRowKey) -> [OVNRow] {
        guard !leg.addresses.isEmpty else { return [] }
        let name = "lrp-\(leg.port.id)"
        let networks = leg.addresses.map { address in
            "\(address.ip)/\(IPNetwork(address.subnet.string("cidr"))?.prefixLength ?? address.ip.version.bits)"
        }
        var row = OVNRow(
            "Logical_Router_Port", name,
            [
                "mac": .string(leg.port.string("mac_address")), "networks": .strings(networks),
                "enabled": .boolean(leg.port.flag("admin_state_up")),
                "ipv6_ra_configs": .stringMap(leg.isGateway ? [:] : advertisements(leg)),
                "external_ids": .stringMap([
                    "neutron:network_name": OVNNetworkRows.switchName(leg.network.id), "neutron:router_name": router.id,
                    "neutron:subnet_ids": leg.addresses.map(\.subnet.id).joined(separator: " "),
                ]),
            ], parent: parent)
        guard leg.isGateway else { return [row] }
        let chassis = ranked(router.id).prefix(5)
        let gateways = chassis.enumerated().map { index, chassis in
            OVNRow(
                "Gateway_Chassis", "\(name)_\(chassis)",
                ["chassis_name": .string(chassis), "priority": .integer(5 - index)],
                parent: row.key)
        }
        row.references["gateway_chassis"] = gateways.map(\.key)
        return gateways.map { unlisted($0) } + [row]
    }

    /// The row without a parent to list it: the router port refers to it itself.
    private func unlisted(_ row: OVNRow) -> OVNRow {
        var row = row
        row.parent = nil
        return row
    }

    /// Hosts in an order of the router's own, so that routers spread and keep their place when hosts come and go
    /// (rendezvous hashing).
    private func ranked(_ router: String) -> [String] {
        gatewayChassis.map { (chassis: $0, weight: Self.hash("\(router)/\($0)")) }
            .sorted { ($0.weight, $0.chassis) > ($1.weight, $1.chassis) }.map(\.chassis)
    }

    /// FNV-1a: the same in every process, which Swift's own hashing is not.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private func advertisements(_ leg: Leg) -> [String: String] {
        guard let subnet = leg.addresses.first(where: { $0.ip.version == .v6 })?.subnet,
            let mode = subnet.optional("ipv6_ra_mode") ?? subnet.optional("ipv6_address_mode")
        else { return [:] }
        var values = [
            "address_mode": String(mode.map { $0 == "-" ? "_" : $0 }), "send_periodic": "true",
            "mtu": String(leg.network.int("mtu") ?? 1442),
        ]
        let servers = subnet.strings("dns_nameservers").filter { IPAddress($0)?.version == .v6 }
        if let first = servers.first { values["rdnss"] = first }
        return values
    }

    private func routes(_ router: Record, _ legs: [Leg], _ parent: OVNRowKey) -> [OVNRow] {
        func route(_ prefix: String, _ nexthop: String, external: Bool) -> OVNRow {
            OVNRow(
                "Logical_Router_Static_Route", "route/\(router.id)/\(prefix)/\(nexthop)",
                [
                    "ip_prefix": .string(prefix), "nexthop": .string(nexthop),
                    "external_ids": .stringMap(external ? ["neutron:is_ext_gw": "true"] : [:]),
                ], parent: parent)
        }
        var rows: [OVNRow] = []
        for leg in legs where leg.isGateway {
            for address in leg.addresses {
                guard let gateway = address.subnet.optional("gateway_ip") else { continue }
                rows.append(route(address.ip.version == .v4 ? "0.0.0.0/0" : "::/0", gateway, external: true))
            }
        }
        for item in router.list("routes") {
            if let prefix = item["destination"]?.string, let nexthop = item["nexthop"]?.string {
                rows.append(route(prefix, nexthop, external: false))
            }
        }
        return rows
    }

    private func nat(
        _ router: Record, _ legs: [Leg], _ floating: [(record: Record, mac: String)], _ parent: OVNRowKey
    ) -> [OVNRow] {
        guard let gateway = legs.first(where: \.isGateway),
            let outside = gateway.addresses.first(where: { $0.ip.version == .v4 })?.ip
        else { return [] }
        var rows: [OVNRow] = []
        if router.flag("enable_snat") {
            for leg in legs where !leg.isGateway {
                for address in leg.addresses where address.ip.version == .v4 {
                    let cidr = address.subnet.string("cidr")
                    rows.append(
                        OVNRow(
                            "NAT", "snat/\(router.id)/\(cidr)",
                            [
                                "type": .string("snat"), "logical_ip": .string(cidr),
                                "external_ip": .string(outside.description),
                            ], parent: parent))
                }
            }
        }
        for (record, mac) in floating {
            rows.append(
                OVNRow(
                    "NAT", "fip/\(record.id)",
                    [
                        "type": .string("dnat_and_snat"), "logical_ip": .string(record.string("fixed_ip_address")),
                        "external_ip": .string(record.string("floating_ip_address")),
                        "external_mac": distributedFloatingIPs ? .string(mac) : .empty,
                        "logical_port": distributedFloatingIPs ? .string(record.string("port_id")) : .empty,
                        "external_ids": .stringMap([
                            "neutron:fip_id": record.id, "neutron:fip_port_id": record.string("port_id"),
                            "neutron:router_name": Self.routerName(router.id),
                        ]),
                    ], parent: parent))
        }
        return rows
    }
}
