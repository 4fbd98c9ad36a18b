import Core
import Database

/// The port through which a network's guests reach the metadata service: one per network with DHCP, with an address
/// in each of its IPv4 subnets that have it.
enum MetadataPort {
    static let owner = "network:distributed"

    /// Makes the port and its addresses follow the network's subnets.
    static func ensure(network: Record, _ change: NetworkChange) throws {
        let transaction = change.transaction
        let subnets = try RecordStore.select(
            .subnets, where: "r.network_id = \(network.id) AND r.enable_dhcp AND r.ip_version = 4",
            tail: " ORDER BY r.id", transaction)
        let row = try transaction.first(
            "SELECT id, mac_address FROM ports WHERE network_id = \(network.id) AND device_owner = \(owner) FOR UPDATE")
        guard let row else {
            if subnets.isEmpty { return }
            let id = change.ids.uuid()
            _ = try PortRows.insert(
                PortRows.Draft(
                    id: id, projectID: network.projectID, networkID: network.id,
                    deviceID: "ovnmeta-\(network.id)", deviceOwner: owner, fixedIPs: []), change)
            return try fill(id, try mac(of: id, transaction), network.id, subnets, change)
        }
        let id: String = try row.get("id")
        guard let mac = MACAddress(try row.get("mac_address", as: String.self)) else { return }
        try fill(id, mac, network.id, subnets, change)
    }

    private static func mac(of id: String, _ transaction: Transaction) throws -> MACAddress {
        let row = try transaction.first("SELECT mac_address FROM ports WHERE id = \(id)")
        guard let mac = try row.flatMap({ MACAddress(try $0.get("mac_address", as: String.self)) }) else {
            throw ServiceError(.internal, "An unexpected error occurred.", detail: "port \(id) has no MAC")
        }
        return mac
    }

    private static func fill(
        _ id: String, _ mac: MACAddress, _ network: String, _ subnets: [Record], _ change: NetworkChange
    ) throws {
        let have = try AddressAllocator.current(of: id, change.transaction)
        let wanted = Set(subnets.map(\.id))
        let gone = have.map(\.subnet).filter { !wanted.contains($0) }
        if !gone.isEmpty {
            try change.transaction.execute(
                "DELETE FROM ip_allocations WHERE subnet_id IN \(anyOf: gone) AND port_id = \(id)")
        }
        let allocator = try AddressAllocator(network: network, port: id, mac: mac, owner: owner, change)
        let covered = Set(have.map(\.subnet))
        // A full subnet does without metadata: its guests were promised addresses first.
        let open = subnets.filter { !covered.contains($0.id) }
        let known = try allocator.used(in: open)
        let new = try open.compactMap { try allocator.free(in: $0, besides: [], known) }
        try allocator.write(new)
        try change.touch(.port(id))
    }
}
