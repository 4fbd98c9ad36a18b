import Core
import Database

/// Ports as rows, for every part of the service that makes or removes them.
enum PortRows {
    struct Draft {
        var id: String
        var projectID: String
        var networkID: String
        var name = ""
        var deviceID = ""
        var deviceOwner = ""
        var values: [String: JSONValue] = [:]
        /// nil: what every port gets. Empty: none.
        var fixedIPs: [JSONValue]?
        /// One address in any of these, instead of `fixedIPs`.
        var subnets: [String]?
        var mac: MACAddress?
        var securityGroups: [String] = []
        var portSecurity = false
    }

    /// Inserts a port with its addresses and groups.
    static func insert(_ draft: Draft, _ change: NetworkChange) throws -> [AddressAllocator.Address] {
        var record = change.begin(draft.values, project: draft.projectID)
        record["id"] = .string(draft.id)
        record["network_id"] = .string(draft.networkID)
        if record["name"].isNull { record["name"] = .string(draft.name) }
        for (name, value) in defaults where record[name].isNull { record[name] = value }
        record["device_id"] = .string(draft.deviceID)
        record["device_owner"] = .string(draft.deviceOwner)
        record["status"] = "DOWN"
        record["port_security_enabled"] = .bool(draft.portSecurity)
        guard let mac = draft.mac ?? MACAddress(uuid: change.ids.uuid()) else {
            throw ServiceError(.internal, "An unexpected error occurred.", detail: "no MAC from a new id")
        }
        record["mac_address"] = .string(mac.description)
        let allocator = try AddressAllocator(
            network: draft.networkID, port: draft.id, mac: mac, owner: draft.deviceOwner, change)
        let addresses =
            try draft.subnets.map { try allocator.one(of: $0) }
            ?? draft.fixedIPs.map { try allocator.choose($0) } ?? allocator.defaults()
        do {
            try change.insert(.ports, record)
        } catch let error as ServiceError where error.duplicateKey == "uq_ports_mac" {
            throw ServiceError.network(
                .conflict, "MacAddressInUse",
                "Unable to complete operation for network \(draft.networkID). The mac address \(mac) is in use.")
        }
        try allocator.write(addresses)
        try setGroups(draft.securityGroups, of: draft.id, change)
        try change.touch(.port(draft.id))
        return addresses
    }

    static func setGroups(_ groups: [String], of port: String, _ change: NetworkChange) throws {
        let transaction = change.transaction
        let before = try transaction.query("SELECT security_group_id FROM port_security_groups WHERE port_id = \(port)")
        let old = Set(try before.map { try $0.get("security_group_id", as: String.self) })
        let gone = old.subtracting(groups)
        if !gone.isEmpty {
            try transaction.execute(
                """
                DELETE FROM port_security_groups WHERE port_id = \(port) AND security_group_id IN \(anyOf: gone.sorted())
                """)
        }
        let new = Set(groups).subtracting(old).sorted()
        guard !new.isEmpty else { return }
        do {
            let rows = new.map { "(\(port), \($0))" as SQL }
            try transaction.execute(
                """
                INSERT INTO port_security_groups (port_id, security_group_id) VALUES \(sql: .joined(rows, separator: ", "))
                """)
        } catch let error as ServiceError where error.violatedForeignKey != nil {
            throw NetworkObject.securityGroup.notFound(new.joined(separator: ", "))
        }
    }

    /// Deletes a port and what hangs on it: its addresses and groups, its part in floating IPs.
    static func remove(_ id: String, _ change: NetworkChange) throws { try remove([id], change) }

    static func remove(_ ids: [String], _ change: NetworkChange) throws {
        guard !ids.isEmpty else { return }
        try freeFloating(of: ids, change)
        try RecordStore.delete(.ports, ids, change.transaction)
        try change.touch(ids.map { .port($0) })
    }

    /// Makes the floating IPs of ports stand for nothing.
    private static func freeFloating(of ports: [String], _ change: NetworkChange) throws {
        let rows = try change.transaction.query(
            "SELECT id, router_id FROM floating_ips WHERE fixed_port_id IN \(anyOf: ports) FOR UPDATE")
        try free(rows, change)
    }

    /// Makes floating IPs stand for nothing.
    /// - Parameter rows: with `id` and `router_id`.
    static func free(_ rows: [Row], _ change: NetworkChange) throws {
        guard !rows.isEmpty else { return }
        try change.transaction.execute(
            """
            UPDATE floating_ips SET fixed_port_id = NULL, fixed_ip_address = NULL, router_id = NULL, status = 'DOWN',
                updated_at = \(change.now), revision_number = revision_number + 1
            WHERE id IN \(anyOf: try rows.map { try $0.get("id", as: String.self) })
            """)
        let routers = Set(try rows.compactMap { try $0.get("router_id", as: String?.self) })
        try change.touch(routers.map { .router($0) })
    }

    private static let defaults: [String: JSONValue] = [
        "name": "", "description": "", "admin_state_up": true, "allowed_address_pairs": [], "extra_dhcp_opts": [],
        "binding:host_id": "", "binding:vnic_type": "normal", "binding:profile": [:], "dns_name": "", "dns_domain": "",
        "propagate_uplink_status": true,
    ]
}
