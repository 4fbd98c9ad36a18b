package import Core
package import Database

/// Routers: between a project's networks, and out through an external one.
package struct Routers: ResourceBehaviour {
    package var type: ResourceType { .routers }
    let options: NetworkOptions

    package init(options: NetworkOptions) { self.options = options }

    package func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws {
        let ports = records.compactMap { $0.optional("gateway_port_id") }
        var addresses: [String: [JSONValue]] = [:]
        if !ports.isEmpty {
            for row in try transaction.query(
                """
                SELECT port_id, subnet_id, ip_address FROM ip_allocations WHERE port_id IN \(anyOf: ports)
                ORDER BY port_id, position
                """)
            {
                let item: JSONValue = [
                    "subnet_id": .string(try row.get("subnet_id")), "ip_address": .string(try row.get("ip_address")),
                ]
                addresses[try row.get("port_id"), default: []].append(item)
            }
        }
        for index in records.indices {
            if let network = records[index].optional("external_network_id") {
                records[index]["external_gateway_info"] = [
                    "network_id": .string(network), "enable_snat": records[index]["enable_snat"],
                    "external_fixed_ips": .array(addresses[records[index].string("gateway_port_id")] ?? []),
                ]
            }
            records[index]["distributed"] = false
            records[index]["ha"] = true
            records[index]["availability_zones"] = [.string(options.availabilityZone)]
        }
    }

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        var record = change.begin(input)
        try QuotaLedger.claim("router", project: record.projectID, change)
        try refuseUnbuilt(input)
        record["status"] = "ACTIVE"
        record["enable_snat"] = true
        record["external_network_id"] = .null
        record["gateway_port_id"] = .null
        record["routes"] = []
        try change.insert(type, record)
        if !record["external_gateway_info"].isNull {
            try RouterGateway.set(record["external_gateway_info"], of: record, change)
        }
        try change.touch(.router(record.id))
        return record.id
    }

    private func refuseUnbuilt(_ values: [String: JSONValue]) throws {
        if values["distributed"] == true {
            throw ServiceError.invalidInput("'distributed' is decided by the deployment and cannot be set")
        }
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        let router = try change.find(type, record.id, locked: true)
        try refuseUnbuilt(changes)
        if let info = changes["external_gateway_info"] { try RouterGateway.set(info, of: router, change) }
        if let routes = changes["routes"]?.array {
            try RouterRules.checkRoutes(routes, of: record.id, change.transaction)
        }
        var changes = changes
        for name in ["enable_snat", "external_network_id", "gateway_port_id"] { changes[name] = nil }
        try change.update(type, record.id, changes)
        try change.touch(.router(record.id))
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        let router = try change.find(type, record.id, locked: true)
        let interface = try change.transaction.first(
            "SELECT port_id FROM router_interfaces WHERE router_id = \(record.id) LIMIT 1")
        if interface != nil {
            throw ServiceError.network(.conflict, "RouterInUse", "Router \(record.id) still has ports")
        }
        try RouterGateway.set(nil, of: router, change)
        try RecordStore.delete(type, record.id, change.transaction)
        try change.touch(.router(record.id))
    }
}

/// What a router's addresses and routes must satisfy.
enum RouterRules {
    static func bad(_ text: String) -> ServiceError {
        .network(.badRequest, "BadRequest", "Bad router request: \(text).")
    }

    /// The subnets that the router has an address in, gateway included.
    static func subnets(of router: String, _ transaction: Transaction) throws -> [(id: String, cidr: IPNetwork)] {
        try transaction.query(
            """
            SELECT DISTINCT s.id, s.cidr FROM ports p JOIN ip_allocations a ON a.port_id = p.id
            JOIN subnets s ON s.id = a.subnet_id WHERE p.device_id = \(router)
            AND p.device_owner IN ('network:router_interface', 'network:router_gateway')
            """
        ).compactMap { row in
            guard let cidr = IPNetwork(try row.get("cidr", as: String.self)) else { return nil }
            return (try row.get("id"), cidr)
        }
    }

    static func checkOverlap(_ cidr: IPNetwork, of subnet: String, on router: String, _ transaction: Transaction) throws
    {
        try checkOverlap(cidr, of: subnet, with: try subnets(of: router, transaction))
    }

    static func checkOverlap(_ cidr: IPNetwork, of subnet: String, with others: [(id: String, cidr: IPNetwork)]) throws
    {
        for other in others {
            if other.id == subnet { throw bad("Router already has a port on subnet \(subnet)") }
            if other.cidr.overlaps(cidr) {
                throw bad("Cidr \(cidr) of subnet \(subnet) overlaps with cidr \(other.cidr) of subnet \(other.id)")
            }
        }
    }

    static func checkRoutes(_ routes: [JSONValue], of router: String, _ transaction: Transaction) throws {
        func refuse(_ reason: String) -> ServiceError {
            .network(
                .badRequest, "InvalidRoutes",
                "Invalid format for routes: \(JSONValue.array(routes).pythonText), \(reason).")
        }
        guard Set(routes).count == routes.count else { throw refuse("duplicate routes") }
        let subnets = try subnets(of: router, transaction)
        let own = try transaction.query(
            """
            SELECT a.ip_address FROM ports p JOIN ip_allocations a ON a.port_id = p.id WHERE p.device_id = \(router)
            AND p.device_owner IN ('network:router_interface', 'network:router_gateway')
            """
        ).map { try $0.get("ip_address", as: String.self) }
        for route in routes {
            guard let nexthop = route["nexthop"]?.string.flatMap({ IPAddress($0) }),
                let destination = route["destination"]?.string.flatMap({ IPNetwork($0) }),
                destination.version == nexthop.version
            else { throw refuse("the destination and the nexthop are not of one IP version") }
            guard subnets.contains(where: { $0.cidr.contains(nexthop) }) else {
                throw refuse("the nexthop is not connected with router")
            }
            if own.contains(nexthop.description) { throw refuse("the nexthop is used by router") }
        }
    }
}

/// A router's way out: its port on an external network.
enum RouterGateway {
    static let owner = "network:router_gateway"

    /// Makes the gateway what `info` says: none, a new one, or the old one with other addresses or SNAT.
    static func set(_ info: JSONValue, of router: Record, _ change: NetworkChange) throws {
        let current = router.optional("external_network_id")
        guard let wanted = info["network_id"]?.string else {
            if current != nil { try clear(router, change) }
            return
        }
        if info["enable_snat"] != nil || info["external_fixed_ips"] != nil, !change.caller.isAdmin {
            let name = info["enable_snat"] != nil ? "enable_snat" : "external_fixed_ips"
            throw ServiceError.network(
                .forbidden, "PolicyNotAuthorized",
                "(rule:create_router:external_gateway_info:\(name)) is disallowed by policy")
        }
        let snat = info["enable_snat"]?.bool ?? true
        let addresses = info["external_fixed_ips"]?.array
        if current == wanted {
            try change.update(.routers, router.id, ["enable_snat": .bool(snat)])
            if let addresses { try readdress(router, addresses, change) }
        } else {
            if current != nil { try clear(router, change) }
            try attach(router, to: wanted, addresses, snat: snat, change)
        }
        try change.touch(.router(router.id))
    }

    private static func attach(
        _ router: Record, to networkID: String, _ addresses: [JSONValue]?, snat: Bool, _ change: NetworkChange
    ) throws {
        let transaction = change.transaction
        let network = try ResourceReader.find(
            Networks(options: change.options), networkID, for: change.caller, transaction)
        guard network.flag("router:external") else {
            throw RouterRules.bad("Network \(networkID) is not an external network")
        }
        let own = try RouterRules.subnets(of: router.id, transaction)
        for row in try transaction.query("SELECT id, cidr FROM subnets WHERE network_id = \(networkID)") {
            guard let cidr = IPNetwork(try row.get("cidr", as: String.self)) else { continue }
            try RouterRules.checkOverlap(cidr, of: try row.get("id"), with: own)
        }
        let port = change.ids.uuid()
        let wanted = addresses.flatMap { $0.isEmpty ? Optional.none : $0 }
        _ = try PortRows.insert(
            PortRows.Draft(
                id: port, projectID: "", networkID: networkID, deviceID: router.id, deviceOwner: owner,
                fixedIPs: wanted), change)
        try change.update(
            .routers, router.id,
            [
                "external_network_id": .string(networkID), "gateway_port_id": .string(port), "enable_snat": .bool(snat),
            ])
    }

    private static func readdress(_ router: Record, _ addresses: [JSONValue], _ change: NetworkChange) throws {
        let port = try change.find(.ports, router.string("gateway_port_id"), locked: true)
        guard let mac = MACAddress(port.string("mac_address")) else { return }
        let allocator = try AddressAllocator(
            network: port.string("network_id"), port: port.id, mac: mac, owner: owner, change)
        let before = try AddressAllocator.current(of: port.id, change.transaction)
        let after = try allocator.choose(addresses, keeping: before)
        try change.transaction.execute("DELETE FROM ip_allocations WHERE port_id = \(port.id)")
        try allocator.write(after)
        try change.touch(.port(port.id))
    }

    private static func clear(_ router: Record, _ change: NetworkChange) throws {
        let used = try change.transaction.first("SELECT id FROM floating_ips WHERE router_id = \(router.id) LIMIT 1")
        if used != nil {
            throw ServiceError.network(
                .conflict, "RouterExternalGatewayInUseByFloatingIp",
                "Gateway cannot be updated for router \(router.id), since a gateway to external network "
                    + "\(router.string("external_network_id")) is required by one or more floating IPs.")
        }
        try change.update(
            .routers, router.id, ["external_network_id": nil, "gateway_port_id": nil, "enable_snat": true])
        if let port = router.optional("gateway_port_id") { try PortRows.remove(port, change) }
        try change.touch(.router(router.id))
    }
}
