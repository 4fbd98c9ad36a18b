import Core
import Database

/// What a subnet's addresses must satisfy.
enum SubnetRules {
    static func checkModes(_ record: Record) throws {
        let router = record.optional("ipv6_ra_mode")
        let address = record.optional("ipv6_address_mode")
        guard router != nil || address != nil else { return }
        guard record.int("ip_version") == 6 else {
            throw ServiceError.invalidInput("ipv6_ra_mode or ipv6_address_mode cannot be set when ip_version is 4")
        }
        guard record.flag("enable_dhcp") else {
            throw ServiceError.invalidInput(
                "ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False")
        }
        if let router, let address, router != address {
            throw ServiceError.invalidInput(
                "ipv6_ra_mode set to '\(router)' with ipv6_address_mode set to '\(address)' is not valid. If both "
                    + "attributes are set, they must be the same value")
        }
        let automatic = [router, address].compactMap { $0 }.contains { $0 != "dhcpv6-stateful" }
        if automatic, let cidr = IPNetwork(record.string("cidr")), cidr.prefixLength != 64 {
            throw ServiceError.invalidInput(
                "Invalid CIDR \(cidr) for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires "
                    + "the prefix to be /64")
        }
    }

    static func checkGateway(_ text: String, _ cidr: IPNetwork) throws -> IPAddress {
        guard let address = IPAddress(text), address.version == cidr.version else {
            throw ServiceError.invalidInput("gateway_ip '\(text)' does not match the ip_version")
        }
        let isEdge = cidr.version == .v4 && cidr.hostBits >= 2 && (address == cidr.base || address == cidr.last)
        guard cidr.contains(address) && !isEdge || (cidr.version == .v6 && address.isLinkLocal) else {
            throw ServiceError.invalidInput("Gateway is not valid on subnet")
        }
        return address
    }

    static func defaultPools(_ cidr: IPNetwork, gateway: IPAddress?) -> [IPRange] {
        gateway.map { cidr.hosts.removing($0) } ?? [cidr.hosts]
    }

    static func checkPools(_ items: [JSONValue], _ cidr: IPNetwork, gateway: IPAddress?) throws -> [IPRange] {
        var pools: [IPRange] = []
        for item in items {
            guard let start = item["start"]?.string.flatMap({ IPAddress($0) }),
                let end = item["end"]?.string.flatMap({ IPAddress($0) }),
                start.version == cidr.version, end.version == cidr.version, start <= end
            else {
                throw ServiceError.network(
                    .badRequest, "InvalidAllocationPool", "The allocation pool \(item.pythonText) is not valid.")
            }
            let pool = IPRange(first: start, last: end)
            guard cidr.hosts.contains(start), cidr.hosts.contains(end) else {
                throw ServiceError.network(
                    .badRequest, "OutOfBoundsAllocationPool",
                    "The allocation pool \(pool) spans beyond the subnet cidr \(cidr).")
            }
            if let other = pools.first(where: { $0.overlaps(pool) }) {
                throw ServiceError.network(
                    .conflict, "OverlappingAllocationPools",
                    "Found overlapping allocation pools: \(other) \(pool) for subnet \(cidr).")
            }
            if let gateway, pool.contains(gateway) {
                throw ServiceError.network(
                    .conflict, "GatewayConflictWithAllocationPools",
                    "Gateway ip \(gateway) conflicts with allocation pool \(pool).")
            }
            pools.append(pool)
        }
        return pools
    }

    static func checkRoutes(_ routes: [JSONValue], version: IPAddress.Version) throws {
        for route in routes {
            guard let destination = route["destination"]?.string.flatMap({ IPNetwork($0) }),
                let nexthop = route["nexthop"]?.string.flatMap({ IPAddress($0) }),
                destination.version == version, nexthop.version == version
            else {
                throw ServiceError.invalidInput("host_routes '\(route.pythonText)' does not match the ip_version")
            }
        }
        guard Set(routes).count == routes.count else {
            throw ServiceError.invalidInput("Duplicate hostroute in host_routes")
        }
    }

    static func document(_ pools: [IPRange]) -> JSONValue {
        .array(pools.map { ["start": .string($0.first.description), "end": .string($0.last.description)] })
    }

    static func pools(of subnet: Record) -> [IPRange] {
        subnet.list("allocation_pools").compactMap { item in
            guard let first = item["start"]?.string.flatMap({ IPAddress($0) }),
                let last = item["end"]?.string.flatMap({ IPAddress($0) })
            else { return nil }
            return IPRange(first: first, last: last)
        }
    }

    /// Whether guests make their own addresses from router advertisements.
    static func isAutomatic(_ subnet: Record) -> Bool {
        let mode = subnet.optional("ipv6_address_mode")
        return mode == "slaac" || mode == "dhcpv6-stateless"
    }

    /// Gives the ports that a network already has their addresses in a new SLAAC subnet.
    static func addAutomaticAddresses(_ subnet: Record, _ change: NetworkChange) throws {
        guard isAutomatic(subnet), let cidr = IPNetwork(subnet.string("cidr")) else { return }
        let rows = try change.transaction.query(
            """
            SELECT id, mac_address FROM ports WHERE network_id = \(subnet.string("network_id"))
            AND device_owner NOT LIKE 'network:%'
            """)
        let network = subnet.string("network_id")
        let new = try rows.compactMap { row -> (port: String, address: String)? in
            guard let mac = MACAddress(try row.get("mac_address", as: String.self)) else { return nil }
            return (try row.get("id"), cidr.eui64(mac).description)
        }
        guard !new.isEmpty else { return }
        let values = new.map { "(\(subnet.id), \($0.address), \($0.port), \(network), 1000)" as SQL }
        try change.transaction.execute(
            """
            INSERT INTO ip_allocations (subnet_id, ip_address, port_id, network_id, position)
            VALUES \(sql: .joined(values, separator: ", "))
            """)
        try change.touch(new.map { .port($0.port) })
    }
}
