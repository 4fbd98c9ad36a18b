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
        let addresses = try draft.fixedIPs.map { try allocator.choose($0) } ?? allocator.defaults()
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
        for group in old.subtracting(groups) {
            try transaction.execute(
                "DELETE FROM port_security_groups WHERE port_id = \(port) AND security_group_id = \(group)")
        }
        for group in Set(groups).subtracting(old).sorted() {
            do {
                try transaction.execute(
                    "INSERT INTO port_security_groups (port_id, security_group_id) VALUES (\(port), \(group))")
            } catch let error as ServiceError where error.violatedForeignKey != nil {
                throw NetworkObject.securityGroup.notFound(group)
            }
        }
    }

    /// Deletes a port and what hangs on it: its addresses and groups, its part in floating IPs.
    static func remove(_ id: String, _ change: NetworkChange) throws {
        let transaction = change.transaction
        for row in try transaction.query(
            "SELECT id, router_id FROM floating_ips WHERE fixed_port_id = \(id) FOR UPDATE")
        {
            try change.update(
                .floatingIPs, try row.get("id"),
                ["port_id": nil, "fixed_ip_address": nil, "router_id": nil, "status": "DOWN"])
            if let router = try row.get("router_id", as: String?.self) { try change.touch(.router(router)) }
        }
        try RecordStore.delete(.ports, id, transaction)
        try change.touch(.port(id))
    }

    private static let defaults: [String: JSONValue] = [
        "name": "", "description": "", "admin_state_up": true, "allowed_address_pairs": [], "extra_dhcp_opts": [],
        "binding:host_id": "", "binding:vnic_type": "normal", "binding:profile": [:], "dns_name": "", "dns_domain": "",
        "propagate_uplink_status": true,
    ]
}
