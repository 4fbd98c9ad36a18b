package import Core
import Database

/// A router's legs in its project's networks.
package enum RouterInterfaces {
    static let owner = "network:router_interface"

    /// Adds a leg: a new port with the subnet's gateway address, or a port that is given.
    /// - Returns: what Neutron answers, the router's id with the port and its subnets.
    package static func add(_ body: JSONValue, to router: Record, _ change: NetworkChange) throws -> JSONValue {
        _ = try change.find(.routers, router.id, locked: true)
        let (subnetID, portID) = try parse(body)
        guard subnetID == nil || portID == nil else {
            throw RouterRules.bad("Cannot specify both subnet-id and port-id")
        }
        let port: (id: String, network: String, subnets: [String])
        if let portID {
            port = try attach(portID, router, change)
        } else if let subnetID {
            port = try create(subnetID, router, change)
        } else {
            throw RouterRules.bad("Either subnet_id or port_id must be specified")
        }
        try change.update(.routers, router.id, [:])
        try change.touch(.port(port.id))
        try change.touch(.router(router.id))
        return answer(router, port.id, port.network, port.subnets)
    }

    private static func parse(_ body: JSONValue) throws -> (subnet: String?, port: String?) {
        for name in ["subnet_id", "port_id"] {
            guard let value = body[name], !value.isNull else { continue }
            guard let text = value.string, isUUIDLike(text) else {
                throw ServiceError.invalidInput("Invalid \(name): '\(value.pythonText)' is not a valid UUID")
            }
        }
        return (body["subnet_id"]?.string, body["port_id"]?.string)
    }

    private static func create(
        _ subnetID: String, _ router: Record, _ change: NetworkChange
    ) throws -> (id: String, network: String, subnets: [String]) {
        let transaction = change.transaction
        let subnet = try ResourceReader.find(Subnets(), subnetID, for: change.caller, transaction)
        guard let gateway = subnet.optional("gateway_ip"), let cidr = IPNetwork(subnet.string("cidr")) else {
            throw RouterRules.bad("Subnet for router interface must have a gateway IP")
        }
        try RouterRules.checkOverlap(cidr, of: subnetID, on: router.id, transaction)
        let network = subnet.string("network_id")
        try NetworkAccess.check(
            try change.find(.networks, network), for: change.caller.projectID, "add_router_interface", change)
        let address: JSONValue = ["subnet_id": .string(subnetID), "ip_address": .string(gateway)]
        if cidr.version == .v6, let port = try sibling(of: network, router, transaction) {
            try extend(port, address, change)
            try insert(router.id, subnetID, port, change)
            return (port, network, try AddressAllocator.current(of: port, transaction).map(\.subnet))
        }
        try QuotaLedger.claim("port", project: router.projectID, change)
        let id = change.ids.uuid()
        do {
            _ = try PortRows.insert(
                PortRows.Draft(
                    id: id, projectID: router.projectID, networkID: network, deviceID: router.id, deviceOwner: owner,
                    fixedIPs: [address]), change)
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError.network(
                .conflict, "IpAddressAlreadyAllocated",
                "IP address \(gateway) already allocated in subnet \(subnetID).")
        }
        try insert(router.id, subnetID, id, change)
        return (id, network, [subnetID])
    }

    /// The router's port that already carries IPv6 subnets of the network: they share one.
    private static func sibling(of network: String, _ router: Record, _ transaction: Transaction) throws -> String? {
        try transaction.first(
            """
            SELECT p.id FROM ports p JOIN router_interfaces i ON i.port_id = p.id JOIN subnets s ON s.id = i.subnet_id
            WHERE i.router_id = \(router.id) AND p.network_id = \(network) AND s.ip_version = 6 LIMIT 1
            """)?.get("id")
    }

    private static func extend(_ id: String, _ address: JSONValue, _ change: NetworkChange) throws {
        let port = try change.find(.ports, id, locked: true)
        guard let mac = MACAddress(port.string("mac_address")) else { return }
        let allocator = try AddressAllocator(
            network: port.string("network_id"), port: id, mac: mac, owner: owner, change)
        try allocator.write(try allocator.choose([address]))
    }

    private static func insert(_ router: String, _ subnet: String, _ port: String, _ change: NetworkChange) throws {
        do {
            try change.transaction.execute(
                """
                INSERT INTO router_interfaces (router_id, subnet_id, port_id) VALUES (\(router), \(subnet), \(port))
                """)
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw RouterRules.bad("Router already has a port on subnet \(subnet)")
        }
    }

    private static func attach(
        _ portID: String, _ router: Record, _ change: NetworkChange
    ) throws -> (id: String, network: String, subnets: [String]) {
        let transaction = change.transaction
        let port = try ResourceReader.find(
            Ports(options: change.options), portID, for: change.caller, locked: true, transaction)
        guard port.string("device_id").isEmpty else {
            throw ServiceError.network(
                .conflict, "PortInUse",
                "Unable to complete operation on port \(portID) for network \(port.string("network_id")). Port already "
                    + "has an attached device \(port.string("device_id")).")
        }
        let addresses = try AddressAllocator.current(of: portID, transaction)
        guard !addresses.isEmpty else { throw RouterRules.bad("Router port must have at least one fixed IP") }
        guard addresses.filter({ $0.ip.version == .v4 }).count <= 1 else {
            throw RouterRules.bad("Cannot have multiple IPv4 subnets on router port")
        }
        for address in addresses {
            let subnet = try change.find(.subnets, address.subnet)
            guard let cidr = IPNetwork(subnet.string("cidr")) else { continue }
            try RouterRules.checkOverlap(cidr, of: subnet.id, on: router.id, transaction)
        }
        try PortRows.setGroups([], of: portID, change)
        try change.update(
            .ports, portID,
            ["device_id": .string(router.id), "device_owner": .string(owner), "port_security_enabled": false])
        for address in addresses { try insert(router.id, address.subnet, portID, change) }
        return (portID, port.string("network_id"), addresses.map(\.subnet))
    }

    /// Makes a router's legs what its port's addresses have become.
    static func follow(
        _ port: Record, _ before: [AddressAllocator.Address], _ after: [AddressAllocator.Address],
        _ change: NetworkChange
    ) throws {
        let router = try change.find(.routers, port.string("device_id"), locked: true)
        guard !after.isEmpty else { throw RouterRules.bad("Router port must have at least one fixed IP") }
        guard after.filter({ $0.ip.version == .v4 }).count <= 1 else {
            throw RouterRules.bad("Cannot have multiple IPv4 subnets on router port")
        }
        let old = Set(before.map(\.subnet))
        let new = Set(after.map(\.subnet))
        for subnet in old.subtracting(new) {
            try checkUnused(subnet, router, change.transaction)
            try change.transaction.execute(
                "DELETE FROM router_interfaces WHERE router_id = \(router.id) AND subnet_id = \(subnet)")
        }
        let others = try RouterRules.subnets(of: router.id, change.transaction)
        for id in new.subtracting(old).sorted() {
            let subnet = try change.find(.subnets, id)
            guard let cidr = IPNetwork(subnet.string("cidr")) else { continue }
            if let other = others.first(where: { $0.id != id && $0.cidr.overlaps(cidr) }) {
                throw RouterRules.bad(
                    "Cidr \(cidr) of subnet \(id) overlaps with cidr \(other.cidr) of subnet \(other.id)")
            }
            try insert(router.id, id, port.id, change)
        }
        try change.touch(.router(router.id))
    }

    /// Removes a leg, or one subnet of it; a port without any left goes.
    package static func remove(_ body: JSONValue, from router: Record, _ change: NetworkChange) throws -> JSONValue {
        _ = try change.find(.routers, router.id, locked: true)
        let (subnetID, portID) = try parse(body)
        guard subnetID != nil || portID != nil else {
            throw RouterRules.bad("Either subnet_id or port_id must be specified")
        }
        let transaction = change.transaction
        var legs = try transaction.query(
            "SELECT subnet_id, port_id FROM router_interfaces WHERE router_id = \(router.id)"
        ).map { (subnet: try $0.get("subnet_id", as: String.self), port: try $0.get("port_id", as: String.self)) }
        if let portID {
            legs = legs.filter { $0.port == portID }
            guard !legs.isEmpty else {
                throw ServiceError.network(
                    .notFound, "RouterInterfaceNotFound",
                    "Router \(router.id) does not have an interface with id \(portID)")
            }
            if let subnetID, !legs.contains(where: { $0.subnet == subnetID }) {
                throw ServiceError.network(
                    .conflict, "SubnetMismatchForPort",
                    "Subnet on port \(portID) does not match the requested subnet \(subnetID).")
            }
        } else if let subnetID {
            legs = legs.filter { $0.subnet == subnetID }
            guard !legs.isEmpty else {
                throw ServiceError.network(
                    .notFound, "RouterInterfaceNotFoundForSubnet",
                    "Router \(router.id) has no interface on subnet \(subnetID)")
            }
        }
        guard let first = legs.first else { return .null }
        for leg in legs { try checkUnused(leg.subnet, router, transaction) }
        let port = try change.find(.ports, first.port, locked: true)
        for leg in legs {
            try transaction.execute(
                "DELETE FROM router_interfaces WHERE router_id = \(router.id) AND subnet_id = \(leg.subnet)")
        }
        let left = try transaction.first("SELECT subnet_id FROM router_interfaces WHERE port_id = \(port.id) LIMIT 1")
        if left == nil {
            try PortRows.remove(port.id, change)
        } else {
            for leg in legs {
                try transaction.execute(
                    "DELETE FROM ip_allocations WHERE subnet_id = \(leg.subnet) AND port_id = \(port.id)")
            }
            try change.touch(.port(port.id))
        }
        try change.update(.routers, router.id, [:])
        try change.touch(.router(router.id))
        return answer(router, port.id, port.string("network_id"), legs.map(\.subnet))
    }

    private static func checkUnused(_ subnetID: String, _ router: Record, _ transaction: Transaction) throws {
        let floating = try transaction.first(
            """
            SELECT f.id FROM floating_ips f JOIN ip_allocations a ON a.port_id = f.fixed_port_id
            AND a.ip_address = f.fixed_ip_address WHERE f.router_id = \(router.id) AND a.subnet_id = \(subnetID) LIMIT 1
            """)
        if floating != nil {
            throw ServiceError.network(
                .conflict, "RouterInterfaceInUseByFloatingIP",
                "Router interface for subnet \(subnetID) on router \(router.id) cannot be deleted, as it is required "
                    + "by one or more floating IPs.")
        }
        guard let subnet = try RecordStore.find(.subnets, subnetID, transaction),
            let cidr = IPNetwork(subnet.string("cidr"))
        else { return }
        for route in router.list("routes") {
            if let nexthop = route["nexthop"]?.string.flatMap({ IPAddress($0) }), cidr.contains(nexthop) {
                throw ServiceError.network(
                    .conflict, "RouterInterfaceInUseByRoute",
                    "Router interface for subnet \(subnetID) on router \(router.id) cannot be deleted, as it is "
                        + "required by one or more routes.")
            }
        }
    }

    private static func answer(_ router: Record, _ port: String, _ network: String, _ subnets: [String]) -> JSONValue {
        [
            "id": .string(router.id), "port_id": .string(port), "network_id": .string(network),
            "subnet_id": .string(subnets.first ?? ""), "subnet_ids": .strings(subnets),
            "project_id": .string(router.projectID), "tenant_id": .string(router.projectID), "tags": [],
        ]
    }
}
