package import Core
package import Database

/// Subnets: address blocks of networks, with their pools, gateway and what guests are told.
package struct Subnets: ResourceBehaviour {
    package var type: ResourceType { .subnets }

    package init() {}

    // MARK: Reading

    package func visible(to caller: Caller) -> SQL {
        if caller.isAdmin { return "TRUE" }
        return """
            (r.project_id = \(caller.projectID) OR \(sql: networkOwned(by: caller)) OR EXISTS (
                SELECT 1 FROM rbac_policies b WHERE b.object_id = r.network_id AND b.object_type = 'network'
                AND b.target_project IN ('*', \(caller.projectID))))
            """
    }

    package func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws {
        let networks = Set(records.map { $0.string("network_id") }).sorted()
        guard !networks.isEmpty else { return }
        let rows = try transaction.query("SELECT id FROM networks WHERE id IN \(anyOf: networks) AND router_external")
        let external = Set(try rows.map { try $0.get("id", as: String.self) })
        for index in records.indices {
            records[index]["segment_id"] = .null
            records[index]["router:external"] = .bool(external.contains(records[index].string("network_id")))
        }
    }

    package func filter(_ name: String, _ values: [String], for caller: Caller) throws -> SQL? {
        let condition: SQL
        switch name {
        case "router:external":
            condition = "EXISTS (SELECT 1 FROM networks n WHERE n.id = r.network_id AND n.router_external)"
        case "shared":
            condition = """
                EXISTS (SELECT 1 FROM rbac_policies b WHERE b.object_id = r.network_id
                AND b.action = 'access_as_shared' AND b.target_project IN ('*', \(caller.projectID)))
                """
        default: return nil
        }
        let wanted = try Check.flag(.string(values.first ?? "")) == true
        return wanted ? condition : "NOT \(sql: condition)"
    }

    package func target(_ record: Record, _ transaction: Transaction) throws -> [String: String?] {
        try networkTarget(record, transaction)
    }

    // MARK: Writing

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        var record = change.begin(input)
        guard
            let network = try RecordStore.find(.networks, record.string("network_id"), locked: true, change.transaction)
        else { throw NetworkObject.network.notFound(record.string("network_id")) }
        try NetworkAccess.checkOwner(network, "create_subnet", change)
        try QuotaLedger.claim("subnet", project: record.projectID, change)
        let cidr = try SubnetPools.block(for: &record, given: given, change)
        let version = record.int("ip_version") ?? cidr.version.rawValue
        guard cidr.version.rawValue == version else {
            throw ServiceError.invalidInput("CIDR '\(cidr)' is not an IPv\(version) subnet")
        }
        record["ip_version"] = .integer(Int64(version))
        record["cidr"] = .string(cidr.description)
        guard cidr.hostBits > 0 || !record.flag("enable_dhcp") else {
            throw ServiceError.invalidInput("a subnet of one address cannot have DHCP enabled")
        }
        try SubnetRules.checkModes(record)
        try checkOverlap(cidr, network, change.transaction)
        let gateway = try chooseGateway(&record, cidr, given)
        let pools =
            try record["allocation_pools"].isNull || !given.contains("allocation_pools")
            ? SubnetRules.defaultPools(cidr, gateway: gateway)
            : SubnetRules.checkPools(record.list("allocation_pools"), cidr, gateway: gateway)
        record["allocation_pools"] = SubnetRules.document(pools)
        try SubnetRules.checkRoutes(record.list("host_routes"), version: cidr.version)
        try change.insert(type, record)
        try SubnetRules.addAutomaticAddresses(record, change)
        try MetadataPort.ensure(network: network, change)
        try change.touch(.network(network.id))
        return record.id
    }

    private func chooseGateway(_ record: inout Record, _ cidr: IPNetwork, _ given: Set<String>) throws -> IPAddress? {
        if given.contains("gateway_ip") {
            guard let text = record.optional("gateway_ip") else { return nil }
            return try SubnetRules.checkGateway(text, cidr)
        }
        let first = cidr.hostBits == 0 ? cidr.base : cidr.base.advanced(by: 1)
        record["gateway_ip"] = .string(first.description)
        return first
    }

    private func checkOverlap(_ cidr: IPNetwork, _ network: Record, _ transaction: Transaction) throws {
        for row in try transaction.query("SELECT id, cidr FROM subnets WHERE network_id = \(network.id)") {
            if let other = IPNetwork(try row.get("cidr", as: String.self)), other.overlaps(cidr) {
                throw ServiceError.invalidInput(
                    "Requested subnet with cidr: \(cidr) for network: \(network.id) overlaps with another subnet")
            }
        }
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        guard let cidr = IPNetwork(record.string("cidr")) else {
            throw ServiceError(.internal, "An unexpected error occurred.", detail: "cidr of subnet \(record.id)")
        }
        var changes = changes
        var gateway = record.optional("gateway_ip").flatMap { IPAddress($0) }
        if let asked = changes["gateway_ip"] {
            let new = try asked.string.map { try SubnetRules.checkGateway($0, cidr) }
            if new != gateway, let gateway { try checkGatewayUnused(gateway, record, change.transaction) }
            gateway = new
        }
        let pools = changes["allocation_pools"]?.array ?? record.list("allocation_pools")
        changes["allocation_pools"] = SubnetRules.document(
            try SubnetRules.checkPools(pools, cidr, gateway: gateway))
        if let routes = changes["host_routes"]?.array { try SubnetRules.checkRoutes(routes, version: cidr.version) }
        try change.update(type, record.id, changes)
        let network = try change.find(.networks, record.string("network_id"))
        try MetadataPort.ensure(network: network, change)
        try change.touch(.network(network.id))
        try touchRouters(record.id, change)
    }

    private func touchRouters(_ id: String, _ change: NetworkChange) throws {
        let rows = try change.transaction.query(
            """
            SELECT DISTINCT p.device_id FROM ip_allocations a JOIN ports p ON p.id = a.port_id
            WHERE a.subnet_id = \(id) AND p.device_owner IN ('network:router_interface', 'network:router_gateway')
            """)
        try change.touch(try rows.map { .router(try $0.get("device_id")) })
    }

    private func checkGatewayUnused(_ gateway: IPAddress, _ record: Record, _ transaction: Transaction) throws {
        let row = try transaction.first(
            """
            SELECT p.id FROM ip_allocations a JOIN ports p ON p.id = a.port_id WHERE a.subnet_id = \(record.id)
            AND a.ip_address = \(gateway.description) AND p.device_owner = 'network:router_interface'
            """)
        if let row {
            throw ServiceError.network(
                .conflict, "GatewayIpInUse",
                "Current gateway ip \(gateway) already in use by port \(try row.get("id", as: String.self)). "
                    + "Unable to update."
            )
        }
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        let transaction = change.transaction
        _ = try RecordStore.find(type, record.id, locked: true, transaction)
        let mode = record.optional("ipv6_address_mode")
        let automatic = mode == "slaac" || mode == "dhcpv6-stateless"
        let rows = try transaction.query(
            """
            SELECT p.id, p.device_owner FROM ip_allocations a JOIN ports p ON p.id = a.port_id
            WHERE a.subnet_id = \(record.id)
            """)
        for row in rows {
            let owner: String = try row.get("device_owner")
            if owner == "network:distributed" || (automatic && !owner.hasPrefix("network:router")) { continue }
            throw ServiceError.network(
                .conflict, "SubnetInUse",
                "Unable to complete operation on subnet \(record.id): One or more ports have an IP allocation from "
                    + "this subnet.")
        }
        try transaction.execute("DELETE FROM ip_allocations WHERE subnet_id = \(record.id)")
        try RecordStore.delete(type, record.id, transaction)
        try change.touch(try Set(rows.map { try $0.get("id", as: String.self) }).map { .port($0) })
        let network = try change.find(.networks, record.string("network_id"))
        try MetadataPort.ensure(network: network, change)
        try change.touch(.network(network.id))
    }
}
