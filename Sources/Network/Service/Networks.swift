package import Core
package import Database

/// Networks: tenant ones on geneve, provider ones flat or VLAN; shared and external by RBAC rows.
package struct Networks: ResourceBehaviour {
    package var type: ResourceType { .networks }
    let options: NetworkOptions

    package init(options: NetworkOptions) { self.options = options }

    // MARK: Reading

    package func visible(to caller: Caller) -> SQL {
        if caller.isAdmin { return "TRUE" }
        return """
            (r.project_id = \(caller.projectID) OR EXISTS (
                SELECT 1 FROM rbac_policies b WHERE b.object_id = r.id AND b.object_type = 'network'
                AND b.target_project IN ('*', \(caller.projectID))))
            """
    }

    package func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws {
        let ids = records.map(\.id)
        guard !ids.isEmpty else { return }
        var subnets: [String: [String]] = [:]
        for row in try transaction.query(
            "SELECT id, network_id FROM subnets WHERE network_id IN \(anyOf: ids) ORDER BY id")
        {
            let network: String = try row.get("network_id")
            subnets[network, default: []].append(try row.get("id"))
        }
        let shared = try Self.shared(ids, with: caller, transaction)
        for index in records.indices {
            let id = records[index].id
            records[index]["subnets"] = .strings(subnets[id] ?? [])
            records[index]["shared"] = .bool(shared.contains(id))
            records[index]["availability_zones"] = [.string(options.availabilityZone)]
            records[index]["l2_adjacency"] = true
            if records[index].string("provider:physical_network").isEmpty {
                records[index]["provider:physical_network"] = .null
            }
            if records[index].int("provider:segmentation_id") == 0 {
                records[index]["provider:segmentation_id"] = .null
            }
        }
        try completeScopes(&records, transaction)
    }

    private func completeScopes(_ records: inout [Record], _ transaction: Transaction) throws {
        var scopes: [String: String] = [:]
        let rows = try transaction.query(
            """
            SELECT s.network_id, s.ip_version, p.address_scope_id FROM subnets s JOIN subnetpools p
            ON p.id = s.subnetpool_id WHERE s.network_id IN \(anyOf: records.map(\.id))
            AND p.address_scope_id IS NOT NULL
            """)
        for row in rows {
            let network: String = try row.get("network_id")
            let version: Int = try row.get("ip_version")
            scopes["\(network)/\(version)"] = try row.get("address_scope_id")
        }
        for index in records.indices {
            for version in [4, 6] {
                let scope = scopes["\(records[index].id)/\(version)"]
                records[index]["ipv\(version)_address_scope"] = scope.map { .string($0) } ?? .null
            }
        }
    }

    private static func shared(_ ids: [String], with caller: Caller, _ transaction: Transaction) throws -> Set<String> {
        let rows = try transaction.query(
            """
            SELECT DISTINCT object_id FROM rbac_policies WHERE object_id IN \(anyOf: ids)
            AND action = 'access_as_shared' AND target_project IN ('*', \(caller.projectID))
            """)
        return Set(try rows.map { try $0.get("object_id") })
    }

    package func filter(_ name: String, _ values: [String], for caller: Caller) throws -> SQL? {
        guard name == "shared" else { return nil }
        let shared: SQL = """
            EXISTS (SELECT 1 FROM rbac_policies b WHERE b.object_id = r.id AND b.action = 'access_as_shared'
            AND b.target_project IN ('*', \(caller.projectID)))
            """
        let wanted = try values.map { try Check.flag(.string($0)) == true }
        return wanted.contains(true) ? (wanted.contains(false) ? "TRUE" : shared) : "NOT \(sql: shared)"
    }

    // MARK: Writing

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        var record = change.begin(input)
        try QuotaLedger.claim("network", project: record.projectID, change)
        try DefaultGroup.ensure(record.projectID, change)
        record["status"] = "ACTIVE"
        if record.flag("is_default"), !record.flag("router:external") {
            throw ServiceError.invalidInput("is_default is for external networks")
        }
        try chooseSegment(&record)
        let limit = record.string("provider:network_type") == "geneve" ? options.tenantNetworkMTU : options.providerMTU
        let mtu = record.int("mtu") ?? 0
        guard mtu <= limit else {
            throw ServiceError.invalidInput("Requested MTU is too big, maximum is \(limit)")
        }
        record["mtu"] = .integer(Int64(mtu == 0 ? limit : mtu))
        do {
            try change.insert(type, record)
        } catch let error as ServiceError where error.duplicateKey == "uq_networks_segment" {
            throw Self.segmentInUse(record)
        }
        if record.flag("shared") { try grant("access_as_shared", record, change) }
        if record.flag("router:external") { try grant("access_as_external", record, change) }
        try change.touch(.network(record.id))
        return record.id
    }

    /// Decides the segment: what an administrator names, else a geneve id drawn at random from the id's own digits.
    private func chooseSegment(_ record: inout Record) throws {
        let kind = record.optional("provider:network_type")
        let physical = record.string("provider:physical_network")
        let segment = record.int("provider:segmentation_id") ?? 0
        record["provider:physical_network"] = .string(physical)
        switch kind {
        case "flat", "vlan":
            guard options.physicalNetworks.contains(physical) else {
                throw ServiceError.invalidInput(
                    physical.isEmpty
                        ? "physical_network required for \(kind ?? "") provider network"
                        : "physical_network '\(physical)' unknown for \(kind ?? "") provider network")
            }
            guard kind == "flat" ? segment == 0 : (1...4094).contains(segment) else {
                throw ServiceError.invalidInput(
                    kind == "flat"
                        ? "segmentation_id prohibited for flat provider network"
                        : "segmentation_id out of range (1 through 4094)")
            }
            record["provider:segmentation_id"] = .integer(Int64(segment))
        case "local", nil, "geneve":
            guard physical.isEmpty else {
                throw ServiceError.invalidInput("provider:physical_network specified for \(kind ?? "tenant") network")
            }
            record["provider:network_type"] = .string(kind ?? "geneve")
            let drawn = Int(record.id.filter { $0 != "-" }.prefix(6), radix: 16) ?? 1
            let chosen = segment > 0 ? segment : max(1, drawn)
            record["provider:segmentation_id"] = .integer(Int64(chosen))
        default: throw ServiceError.invalidInput("network_type value '\(kind ?? "")' not supported")
        }
    }

    private static func segmentInUse(_ record: Record) -> ServiceError {
        let physical = record.string("provider:physical_network")
        switch record.string("provider:network_type") {
        case "flat":
            return .network(
                .conflict, "FlatNetworkInUse",
                "Unable to create the flat network. Physical network \(physical) is in use.")
        case "vlan":
            return .network(
                .conflict, "VlanIdInUse",
                "Unable to create the network. The VLAN \(record.int("provider:segmentation_id") ?? 0) on physical "
                    + "network \(physical) is in use.")
        default:
            return .network(
                .conflict, "TunnelIdInUse",
                "Unable to create the network. The tunnel ID \(record.int("provider:segmentation_id") ?? 0) is in use.")
        }
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        if let external = changes["router:external"]?.bool, external != record.flag("router:external") {
            if !external, try isGateway(record.id, change.transaction) {
                throw ServiceError.network(
                    .conflict, "ExternalNetworkInUse",
                    "External network \(record.id) cannot be updated to be made non-external, since it has existing "
                        + "gateway ports.")
            }
            try set("access_as_external", external, record, change)
        }
        if let shared = changes["shared"]?.bool, shared != record.flag("shared") {
            if !shared { try checkUnshare(record, change.transaction) }
            try set("access_as_shared", shared, record, change)
        }
        var changes = changes
        if let mtu = changes["mtu"]?.int {
            let limit =
                record.string("provider:network_type") == "geneve" ? options.tenantNetworkMTU : options.providerMTU
            guard mtu <= limit else {
                throw ServiceError.invalidInput("Requested MTU is too big, maximum is \(limit)")
            }
            changes["mtu"] = .integer(Int64(mtu == 0 ? limit : mtu))
        }
        try change.update(type, record.id, changes)
        try change.touch(.network(record.id))
        try touchRouters(of: record.id, change)
    }

    private func touchRouters(of network: String, _ change: NetworkChange) throws {
        let rows = try change.transaction.query(
            """
            SELECT DISTINCT device_id FROM ports WHERE network_id = \(network)
            AND device_owner IN ('network:router_interface', 'network:router_gateway')
            """)
        try change.touch(try rows.map { .router(try $0.get("device_id")) })
    }

    private func isGateway(_ id: String, _ transaction: Transaction) throws -> Bool {
        try transaction.first(
            """
            SELECT id FROM ports WHERE network_id = \(id)
            AND device_owner IN ('network:router_gateway', 'network:floatingip') LIMIT 1
            """) != nil
    }

    private func checkUnshare(_ record: Record, _ transaction: Transaction) throws {
        let stranger = try transaction.first(
            """
            SELECT id FROM ports WHERE network_id = \(record.id) AND project_id NOT IN ('', \(record.projectID))
            AND device_owner NOT LIKE 'network:%' LIMIT 1
            """)
        if stranger != nil {
            throw ServiceError.network(
                .conflict, "InvalidSharedSetting",
                "Unable to reconfigure sharing settings for network \(record.string("name")). "
                    + "Multiple projects are using it.")
        }
    }

    private func set(_ action: String, _ on: Bool, _ record: Record, _ change: NetworkChange) throws {
        if on { return try grant(action, record, change) }
        try change.transaction.execute(
            "DELETE FROM rbac_policies WHERE object_id = \(record.id) AND action = \(action) AND target_project = '*'")
    }

    private func grant(_ action: String, _ record: Record, _ change: NetworkChange) throws {
        try change.transaction.execute(
            """
            INSERT IGNORE INTO rbac_policies
                (id, project_id, object_type, object_id, action, target_project, created_at, updated_at,
                revision_number)
            VALUES (\(change.ids.uuid()), \(record.projectID), 'network', \(record.id), \(action), '*',
                \(change.now), \(change.now), 0)
            """)
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        let transaction = change.transaction
        _ = try RecordStore.find(type, record.id, locked: true, transaction)
        // Floating IPs that stand for nothing, and the service's own port, go with the network; anything else is
        // somebody's.
        let unused = try RecordStore.select(
            .floatingIPs, where: "r.floating_network_id = \(record.id) AND r.fixed_port_id IS NULL", locked: true,
            transaction)
        try RecordStore.delete(.floatingIPs, unused.map(\.id), transaction)
        try PortRows.remove(unused.map { $0.string("floating_port_id") }, change)
        try change.touch(unused.compactMap { $0.optional("router_id") }.map { .router($0) })
        let rows = try transaction.query(
            "SELECT id, device_owner FROM ports WHERE network_id = \(record.id) FOR UPDATE")
        var own: [String] = []
        for row in rows {
            let owner: String = try row.get("device_owner")
            guard owner == "network:distributed" else {
                throw ServiceError.network(
                    .conflict, "NetworkInUse",
                    "Unable to complete operation on network \(record.id). There are one or more ports still in use "
                        + "on the network, id for these ports is: \(try row.get("id", as: String.self)).")
            }
            own.append(try row.get("id"))
        }
        try PortRows.remove(own, change)
        let subnets = try transaction.query("SELECT id FROM subnets WHERE network_id = \(record.id)")
        try RecordStore.delete(.subnets, try subnets.map { try $0.get("id") }, transaction)
        try transaction.execute("DELETE FROM rbac_policies WHERE object_id = \(record.id)")
        try RecordStore.delete(type, record.id, transaction)
        try change.touch(.network(record.id))
    }
}
