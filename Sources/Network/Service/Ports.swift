package import Core
package import Database

/// Ports: where something is plugged into a network.
package struct Ports: ResourceBehaviour {
    package var type: ResourceType { .ports }
    let options: NetworkOptions

    package init(options: NetworkOptions) { self.options = options }

    // MARK: Reading

    package func visible(to caller: Caller) -> SQL {
        caller.isAdmin ? "TRUE" : "(r.project_id = \(caller.projectID) OR \(sql: networkOwned(by: caller)))"
    }

    package func target(_ record: Record, _ transaction: Transaction) throws -> [String: String?] {
        var target = try networkTarget(record, transaction)
        target["device_owner"] = record.string("device_owner")
        return target
    }

    package func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws {
        try completeAddresses(&records, transaction)
        try completeGroups(&records, transaction)
        for index in records.indices {
            completeBinding(&records[index])
            completeDNS(&records[index])
        }
    }

    /// Other services list thousands of ports for one or two attributes.
    package func needed(for fields: Set<String>) -> Set<String>? {
        let workedOut: Set = [
            "binding:vif_type", "binding:vif_details", "ip_allocation", "allowed_address_pairs", "dns_assignment",
        ]
        return fields.isDisjoint(with: workedOut) ? fields : nil
    }

    package func complete(
        _ records: inout [Record], only names: Set<String>, for caller: Caller, _ transaction: Transaction
    ) throws {
        if names.contains("fixed_ips") { try completeAddresses(&records, transaction) }
        if names.contains("security_groups") { try completeGroups(&records, transaction) }
    }

    private func completeAddresses(_ records: inout [Record], _ transaction: Transaction) throws {
        guard !records.isEmpty else { return }
        var addresses: [String: [JSONValue]] = [:]
        for row in try transaction.query(
            """
            SELECT port_id, subnet_id, ip_address FROM ip_allocations WHERE port_id IN \(anyOf: records.map(\.id))
            ORDER BY port_id, position, ip_address
            """)
        {
            let item: JSONValue = [
                "subnet_id": .string(try row.get("subnet_id")), "ip_address": .string(try row.get("ip_address")),
            ]
            addresses[try row.get("port_id"), default: []].append(item)
        }
        for index in records.indices { records[index]["fixed_ips"] = .array(addresses[records[index].id] ?? []) }
    }

    private func completeGroups(_ records: inout [Record], _ transaction: Transaction) throws {
        guard !records.isEmpty else { return }
        var groups: [String: [String]] = [:]
        for row in try transaction.query(
            """
            SELECT port_id, security_group_id FROM port_security_groups WHERE port_id IN \(anyOf: records.map(\.id))
            ORDER BY port_id, security_group_id
            """)
        {
            groups[try row.get("port_id"), default: []].append(try row.get("security_group_id"))
        }
        for index in records.indices { records[index]["security_groups"] = .strings(groups[records[index].id] ?? []) }
    }

    private func completeBinding(_ record: inout Record) {
        let owner = record.string("device_owner")
        if record.string("binding:host_id").isEmpty {
            record["binding:vif_type"] = owner == MetadataPort.owner ? "ovs" : "unbound"
            record["binding:vif_details"] = [:]
        } else {
            record["binding:vif_type"] = "ovs"
            record["binding:vif_details"] = [
                "port_filter": true, "connectivity": "l2", "bridge_name": "br-int", "datapath_type": "system",
                "bound_drivers": ["0": "ovn"],
            ]
        }
        record["ip_allocation"] = record.list("fixed_ips").isEmpty ? "none" : "immediate"
        // Pairs without a MAC have the port's.
        record["allowed_address_pairs"] = .array(
            record.list("allowed_address_pairs").map { pair in
                [
                    "ip_address": pair["ip_address"] ?? .null,
                    "mac_address": pair["mac_address"] ?? record["mac_address"],
                ]
            })
    }

    private func completeDNS(_ record: inout Record) {
        let domain = options.dnsDomain.hasSuffix(".") ? options.dnsDomain : options.dnsDomain + "."
        let given = record.string("dns_name")
        record["dns_assignment"] = .array(
            record.list("fixed_ips").map { item in
                let address = item["ip_address"]?.string ?? ""
                let dashed = String(address.map { $0 == "." || $0 == ":" ? "-" : $0 })
                let host = given.isEmpty ? "host-\(dashed)" : given
                return [
                    "ip_address": .string(address), "hostname": .string(host),
                    "fqdn": .string(host.hasSuffix(".") ? host : "\(host).\(domain)"),
                ]
            })
    }

    package func filter(_ name: String, _ values: [String], for caller: Caller) throws -> SQL? {
        switch name {
        case "fixed_ips":
            var conditions: [SQL] = []
            for value in values {
                let halves = value.split(separator: "=", maxSplits: 1).map(String.init)
                guard halves.count == 2 else {
                    throw ServiceError.invalidInput("'\(value)' is not a filter of fixed_ips")
                }
                switch halves[0] {
                case "ip_address":
                    let address = IPAddress(halves[1])?.description ?? halves[1]
                    conditions.append("a.ip_address = \(address)")
                case "subnet_id": conditions.append("a.subnet_id = \(halves[1])")
                case "ip_address_substr": conditions.append("LOCATE(\(halves[1]), a.ip_address) > 0")
                default: throw ServiceError.invalidInput("'\(halves[0])' is not a filter of fixed_ips")
                }
            }
            // Values of one key are alternatives; different keys must hold together.
            let addresses = conditions.filter { !$0.text.contains("subnet_id") }
            let subnets = conditions.filter { $0.text.contains("subnet_id") }
            let parts = [addresses, subnets].filter { !$0.isEmpty }.map { part -> SQL in
                "(\(sql: .joined(part, separator: " OR ")))"
            }
            return """
                EXISTS (SELECT 1 FROM ip_allocations a WHERE a.port_id = r.id
                AND \(sql: .joined(parts, separator: " AND ")))
                """
        case "security_groups":
            return """
                EXISTS (SELECT 1 FROM port_security_groups g WHERE g.port_id = r.id
                AND g.security_group_id IN \(anyOf: values))
                """
        default: return nil
        }
    }

    // MARK: Writing

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        let record = Record(input)
        let networkID = record.string("network_id")
        guard let network = try RecordStore.find(.networks, networkID, change.transaction) else {
            throw NetworkObject.network.notFound(networkID)
        }
        try NetworkAccess.check(network, for: record.projectID, "create_port", change)
        try checkOwner(record.string("device_owner"), change.caller)
        try QuotaLedger.claim("port", project: record.projectID, change)
        let owner = record.string("device_owner")
        let security = record["port_security_enabled"].bool ?? network.flag("port_security_enabled")
        let isService = owner.hasPrefix("network:")
        var groups: [String] = []
        if given.contains("security_groups") {
            groups = record.strings("security_groups")
            try checkGroups(groups, for: record.projectID, change)
        } else if security, !isService {
            groups = [try DefaultGroup.ensure(record.projectID, change)]
        }
        try checkSecurity(security && !isService, groups, record.list("allowed_address_pairs"))
        let id = change.ids.uuid()
        var values = input
        for name in ["id", "network_id", "fixed_ips", "security_groups", "mac_address", "project_id"] {
            values[name] = nil
        }
        _ = try PortRows.insert(
            PortRows.Draft(
                id: id, projectID: record.projectID, networkID: networkID, deviceID: record.string("device_id"),
                deviceOwner: owner, values: values,
                fixedIPs: given.contains("fixed_ips") ? record.list("fixed_ips") : nil,
                mac: record.optional("mac_address").flatMap { MACAddress($0) }, securityGroups: groups,
                portSecurity: security && !isService), change)
        return id
    }

    /// Names of the service itself are its own to give: a port that passed for a router's leg would be one.
    private func checkOwner(_ owner: String, _ caller: Caller) throws {
        guard owner.hasPrefix("network:"), !caller.isAdmin else { return }
        throw ServiceError.network(
            .forbidden, "PolicyNotAuthorized", "rule:create_port:device_owner is disallowed by policy")
    }

    private func checkGroups(_ groups: [String], for project: String, _ change: NetworkChange) throws {
        guard !groups.isEmpty else { return }
        let found = try RecordStore.select(.securityGroups, where: "r.id IN \(anyOf: groups)", change.transaction)
        let known = Set(found.map(\.id))
        if let missing = groups.first(where: { !known.contains($0) }) {
            throw NetworkObject.securityGroup.notFound(missing)
        }
        if change.caller.isAdmin, !change.caller.actsFor(project) { return }
        let foreign = found.filter { $0.projectID != project }.map(\.id)
        let shared = try shared(foreign, with: project, change)
        if let hidden = foreign.first(where: { !shared.contains($0) }) {
            throw NetworkObject.securityGroup.notFound(hidden)
        }
    }

    private func shared(
        _ groups: [String], with project: String, _ change: NetworkChange
    ) throws -> Set<String> {
        guard !groups.isEmpty else { return [] }
        let rows = try change.transaction.query(
            """
            SELECT object_id FROM rbac_policies WHERE object_id IN \(anyOf: groups) AND action = 'access_as_shared'
            AND target_project IN ('*', \(project))
            """)
        return Set(try rows.map { try $0.get("object_id") })
    }

    private func checkSecurity(_ enabled: Bool, _ groups: [String], _ pairs: [JSONValue]) throws {
        if enabled { return }
        if !groups.isEmpty {
            throw ServiceError.network(
                .conflict, "PortSecurityAndIPRequiredForSecurityGroups",
                "Port security must be enabled and port must have an IP address in order to use security groups.")
        }
        if !pairs.isEmpty {
            throw ServiceError.network(
                .conflict, "AddressPairAndPortSecurityRequired",
                "Port Security must be enabled in order to have allowed address pairs on a port.")
        }
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        let transaction = change.transaction
        var changes = changes
        let owner = changes["device_owner"]?.string ?? record.string("device_owner")
        if owner != record.string("device_owner") { try checkOwner(owner, change.caller) }
        try checkService(record, changes)
        let security = changes["port_security_enabled"]?.bool ?? record.flag("port_security_enabled")
        let groups = changes["security_groups"].map { $0.array?.compactMap(\.string) ?? [] }
        if let groups { try checkGroups(groups, for: record.projectID, change) }
        try checkSecurity(
            security, groups ?? record.strings("security_groups"),
            changes["allowed_address_pairs"]?.array ?? record.list("allowed_address_pairs"))
        if changes["mac_address"]?.isNull == true { changes["mac_address"] = .string(newMAC(change)) }
        if let options = changes["extra_dhcp_opts"]?.array {
            changes["extra_dhcp_opts"] = merged(record.list("extra_dhcp_opts"), options)
        }
        if changes["binding:host_id"] == "" { changes["status"] = "DOWN" }
        do {
            try change.update(type, record.id, changes)
            if changes["status"] == "DOWN" {
                try transaction.execute("UPDATE ports SET status = 'DOWN' WHERE id = \(record.id)")
            }
        } catch let error as ServiceError where error.duplicateKey == "uq_ports_mac" {
            throw ServiceError.network(
                .conflict, "MacAddressInUse",
                "Unable to complete operation for network \(record.string("network_id")). The mac address "
                    + "\(changes["mac_address"]?.string ?? "") is in use.")
        }
        if let requests = changes["fixed_ips"]?.array {
            try readdress(record, requests, mac: changes["mac_address"]?.string, change)
        }
        if let groups { try PortRows.setGroups(groups, of: record.id, change) }
        try change.touch(.port(record.id))
        if owner.hasPrefix("network:router") { try change.touch(.router(record.string("device_id"))) }
        try tellGuestsOfMetadata(record, owner: owner, change)
    }

    /// DHCP tells guests the way to the metadata service: its port's address.
    private func tellGuestsOfMetadata(_ record: Record, owner: String, _ change: NetworkChange) throws {
        guard owner == MetadataPort.owner || record.string("device_owner") == MetadataPort.owner else { return }
        try change.touch(.network(record.string("network_id")))
    }

    /// What a router's port belongs to, and where it is, changes through the router only.
    private func checkService(_ record: Record, _ changes: [String: JSONValue]) throws {
        let owner = record.string("device_owner")
        guard Self.routerOwners.contains(owner) else { return }
        for name in ["device_id", "device_owner", "fixed_ips", "mac_address"] {
            // A leg may move within its network: see `RouterInterfaces.follow`.
            if name == "fixed_ips", owner == RouterInterfaces.owner { continue }
            if let value = changes[name], value != record[name] {
                throw ServiceError.network(
                    .conflict, "UnsupportedPortDeviceOwner",
                    "Operation update of \(name) is not supported for device_owner \(record.string("device_owner")) "
                        + "on port \(record.id).")
            }
        }
    }

    private static let routerOwners: Set<String> = [
        RouterInterfaces.owner, RouterGateway.owner, "network:floatingip",
    ]

    private func newMAC(_ change: NetworkChange) -> String {
        MACAddress(uuid: change.ids.uuid())?.description ?? ""
    }

    private func readdress(_ record: Record, _ requests: [JSONValue], mac: String?, _ change: NetworkChange) throws {
        guard let mac = MACAddress(mac ?? record.string("mac_address")) else { return }
        let network = record.string("network_id")
        let allocator = try AddressAllocator(
            network: network, port: record.id, mac: mac, owner: record.string("device_owner"), change)
        let before = try AddressAllocator.current(of: record.id, change.transaction)
        let after = try allocator.choose(requests, keeping: before)
        try checkFloating(record, removed: Set(before).subtracting(after), change)
        try change.transaction.execute("DELETE FROM ip_allocations WHERE port_id = \(record.id)")
        try allocator.write(after)
        if record.string("device_owner") == RouterInterfaces.owner {
            try RouterInterfaces.follow(record, before, after, change)
        }
        if before != after, record.string("device_owner").hasPrefix("compute:") {
            try change.tellCompute("network-changed", server: record.string("device_id"), tag: record.id)
        }
    }

    private func checkFloating(
        _ record: Record, removed: Set<AddressAllocator.Address>, _ change: NetworkChange
    ) throws {
        guard !removed.isEmpty else { return }
        let rows = try change.transaction.query(
            """
            SELECT id, router_id FROM floating_ips WHERE fixed_port_id = \(record.id)
            AND fixed_ip_address IN \(anyOf: removed.map(\.ip.description))
            """)
        try PortRows.free(rows, change)
    }

    /// An option with a null value is removed, others replace or join those there are.
    private func merged(_ old: [JSONValue], _ new: [JSONValue]) -> JSONValue {
        let named = Set(new.map { "\($0["opt_name"]?.string ?? "")/\($0["ip_version"]?.int ?? 4)" })
        let kept = old.filter { !named.contains("\($0["opt_name"]?.string ?? "")/\($0["ip_version"]?.int ?? 4)") }
        return .array(kept + new.filter { $0["opt_value"]?.isNull == false })
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        let owner = record.string("device_owner")
        let isService = try Self.routerOwners.contains(owner) && isUsed(record, change.transaction)
        if isService || (owner == MetadataPort.owner && !change.caller.isAdmin) {
            throw ServiceError.network(
                .conflict, "ServicePortInUse",
                "Port \(record.id) cannot be deleted directly via the port API: has device owner \(owner).")
        }
        try PortRows.remove(record.id, change)
        try tellGuestsOfMetadata(record, owner: owner, change)
        if owner.hasPrefix("compute:"), !record.string("device_id").isEmpty {
            try change.tellCompute("network-vif-deleted", server: record.string("device_id"), tag: record.id)
        }
    }

    private func isUsed(_ record: Record, _ transaction: Transaction) throws -> Bool {
        let device = record.string("device_id")
        return try transaction.first(
            """
            SELECT 1 AS used FROM routers WHERE id = \(device)
            UNION SELECT 1 FROM floating_ips WHERE floating_port_id = \(record.id)
            """) != nil
    }
}
