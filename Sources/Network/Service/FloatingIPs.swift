package import Core
package import Database

/// Floating IPs: addresses of an external network that stand for ports behind a router.
package struct FloatingIPs: ResourceBehaviour {
    package var type: ResourceType { .floatingIPs }

    package init() {}

    package func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws {
        let ports = Set(records.compactMap { $0.optional("port_id") }).sorted()
        var details: [String: JSONValue] = [:]
        if !ports.isEmpty {
            for port in try RecordStore.select(.ports, where: "r.id IN \(anyOf: ports)", transaction) {
                details[port.id] = [
                    "name": port["name"], "network_id": port["network_id"], "mac_address": port["mac_address"],
                    "admin_state_up": port["admin_state_up"], "status": port["status"], "device_id": port["device_id"],
                    "device_owner": port["device_owner"],
                ]
            }
        }
        for index in records.indices {
            records[index]["port_details"] = details[records[index].string("port_id")] ?? .null
        }
    }

    private static func bad(_ text: String) -> ServiceError {
        .network(.badRequest, "BadRequest", "Bad floatingip request: \(text).")
    }

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        var record = change.begin(input)
        let transaction = change.transaction
        let networkID = record.string("floating_network_id")
        let network = try ResourceReader.find(
            Networks(options: change.options), networkID, for: change.caller, transaction)
        guard network.flag("router:external") else {
            throw Self.bad("Network \(networkID) is not a valid external network")
        }
        let subnets = try transaction.query(
            "SELECT id FROM subnets WHERE network_id = \(networkID) AND ip_version = 4 ORDER BY id"
        ).map { try $0.get("id", as: String.self) }
        guard !subnets.isEmpty else { throw Self.bad("Network \(networkID) does not contain any IPv4 subnet") }
        try QuotaLedger.claim("floatingip", project: record.projectID, change)
        let addresses = try takeAddress(&record, subnets, change)
        guard let address = addresses.first(where: { $0.ip.version == .v4 }) else {
            throw Self.bad("Network \(networkID) gave no IPv4 address")
        }
        record["floating_ip_address"] = .string(address.ip.description)
        record["status"] = "DOWN"
        let port = record["port_id"]
        let fixed = record["fixed_ip_address"]
        record["port_id"] = .null
        record["fixed_ip_address"] = .null
        record["router_id"] = .null
        do {
            try change.insert(type, record)
        } catch let error as ServiceError where error.duplicateKey == "uq_fips_floating" {
            throw ServiceError.network(
                .conflict, "IpAddressAlreadyAllocated", "IP address \(address.ip) already allocated in subnet.")
        }
        if !port.isNull || !fixed.isNull { try associate(record, port: port, fixed: fixed, change) }
        return record.id
    }

    private func takeAddress(
        _ record: inout Record, _ subnets: [String], _ change: NetworkChange
    ) throws -> [AddressAllocator.Address] {
        let port = change.ids.uuid()
        record["floating_port_id"] = .string(port)
        var draft = PortRows.Draft(
            id: port, projectID: "", networkID: record.string("floating_network_id"), deviceID: record.id,
            deviceOwner: "network:floatingip")
        if let address = record.optional("floating_ip_address") {
            draft.fixedIPs = [["ip_address": .string(address)]]
        } else if let subnet = record.optional("subnet_id") {
            draft.fixedIPs = [["subnet_id": .string(subnet)]]
        } else {
            draft.subnets = subnets
        }
        return try PortRows.insert(draft, change)
    }

    /// Makes the floating IP stand for a port's address, or for none.
    private func associate(_ record: Record, port: JSONValue, fixed: JSONValue, _ change: NetworkChange) throws {
        if let old = record.optional("router_id") { try change.touch(.router(old)) }
        if let old = record.optional("port_id"), old != port.string { try change.tellAddressesChanged(ofPort: old) }
        guard let portID = port.string else {
            if !fixed.isNull {
                throw Self.bad("fixed_ip_address cannot be specified without a port_id")
            }
            try change.update(
                type, record.id, ["port_id": nil, "fixed_ip_address": nil, "router_id": nil, "status": "DOWN"])
            return
        }
        let target = try ResourceReader.find(
            Ports(options: change.options), portID, for: change.caller, change.transaction)
        let address = try chooseAddress(target, fixed.string)
        let router = try findRouter(record, target, address, change.transaction)
        do {
            try change.update(
                type, record.id,
                [
                    "port_id": .string(portID), "fixed_ip_address": .string(address.ip.description),
                    "router_id": .string(router), "status": "ACTIVE",
                ])
        } catch let error as ServiceError where error.duplicateKey == "uq_fips_fixed" {
            throw ServiceError.network(
                .conflict, "FloatingIPPortAlreadyAssociated",
                "Cannot associate floating IP \(record.string("floating_ip_address")) (\(record.id)) with port "
                    + "\(portID) using fixed IP \(address.ip), as that fixed IP already has a floating IP on external "
                    + "network \(record.string("floating_network_id")).")
        }
        try change.touch(.router(router))
        try change.tellAddressesChanged(ofPort: portID)
    }

    private func chooseAddress(_ port: Record, _ fixed: String?) throws -> AddressAllocator.Address {
        let addresses = port.list("fixed_ips").compactMap { item -> AddressAllocator.Address? in
            guard let ip = item["ip_address"]?.string.flatMap({ IPAddress($0) }), ip.version == .v4 else { return nil }
            return AddressAllocator.Address(subnet: item["subnet_id"]?.string ?? "", ip: ip)
        }
        if let fixed {
            guard let found = addresses.first(where: { $0.ip.description == fixed }) else {
                throw Self.bad("Port \(port.id) does not have fixed ip \(fixed)")
            }
            return found
        }
        guard let first = addresses.first else {
            throw Self.bad("Cannot add floating IP to port \(port.id) that has no fixed IPv4 addresses")
        }
        guard addresses.count == 1 else {
            throw Self.bad(
                "Port \(port.id) has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when "
                    + "assigning a floating IP")
        }
        return first
    }

    /// The router between the port's subnet and the floating IP's network. Its row is locked, so that its gateway
    /// stays while it is needed.
    private func findRouter(
        _ record: Record, _ port: Record, _ address: AddressAllocator.Address, _ transaction: Transaction
    ) throws -> String {
        let network = record.string("floating_network_id")
        let rows = try transaction.query(
            """
            SELECT r.id FROM router_interfaces i JOIN routers r ON r.id = i.router_id
            WHERE i.subnet_id = \(address.subnet) AND r.external_network_id = \(network) ORDER BY r.id FOR UPDATE
            """)
        guard let row = rows.first else {
            throw ServiceError.network(
                .notFound, "ExternalGatewayForFloatingIPNotFound",
                "External network \(network) is not reachable from subnet \(address.subnet).  Therefore, cannot "
                    + "associate Port \(port.id) with a Floating IP.")
        }
        return try row.get("id")
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        var rest = changes
        let port = changes["port_id"]
        let fixed = changes["fixed_ip_address"]
        rest["port_id"] = nil
        rest["fixed_ip_address"] = nil
        if port != nil || fixed != nil {
            try associate(record, port: port ?? record["port_id"], fixed: fixed ?? .null, change)
        }
        try change.update(type, record.id, rest)
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        try RecordStore.delete(type, record.id, change.transaction)
        try PortRows.remove(record.string("floating_port_id"), change)
        if let router = record.optional("router_id") { try change.touch(.router(router)) }
        if let port = record.optional("port_id") { try change.tellAddressesChanged(ofPort: port) }
    }
}
