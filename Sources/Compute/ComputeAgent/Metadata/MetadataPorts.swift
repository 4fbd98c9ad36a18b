import ComputeModel
import Core
import FoundationEssentials
import IdentityClient

/// A network's own port for metadata: where the proxy answers.
struct MetadataPort: Sendable, Hashable {
    var network: NetworkID
    var port: PortID
    var mac: String
    /// With prefix lengths: `10.0.0.2/24`.
    var addresses: [String]
}

/// The guest behind an address.
struct MetadataClientIdentity: Sendable, Hashable {
    var server: ServerID
    var project: ProjectID
}

/// What the network service knows of metadata ports and of who has an address.
protocol MetadataPorts: Sendable {
    /// A network's metadata port; nil for a network without one.
    func port(of network: NetworkID) async throws -> MetadataPort?
    /// The server that has `address` on `network`; nil when there is none.
    func owner(of address: String, on network: NetworkID) async throws -> MetadataClientIdentity?
}

/// By the network service's API.
struct RemoteMetadataPorts: MetadataPorts {
    let session: ServiceSession

    func port(of network: NetworkID) async throws -> MetadataPort? {
        let query = [("network_id", network.rawValue), ("device_owner", "network:distributed")]
        let ports = try await session.request(.get, "/v2.0/ports", query: query, context: .system()).json["ports"]?
            .array
        guard let port = ports?.first, let id = port["id"]?.string, let mac = port["mac_address"]?.string else {
            return nil
        }
        let subnets = try await session.request(
            .get, "/v2.0/subnets", query: [("network_id", network.rawValue)], context: .system())
        var prefixes: [String: String] = [:]
        for subnet in subnets.json["subnets"]?.array ?? [] {
            guard let id = subnet["id"]?.string, let cidr = subnet["cidr"]?.string,
                let slash = cidr.firstIndex(of: "/")
            else { continue }
            prefixes[id] = String(cidr[cidr.index(after: slash)...])
        }
        let addresses = (port["fixed_ips"]?.array ?? []).compactMap { item -> String? in
            guard let address = item["ip_address"]?.string, let subnet = item["subnet_id"]?.string,
                let prefix = prefixes[subnet]
            else { return nil }
            return "\(address)/\(prefix)"
        }
        return MetadataPort(network: network, port: PortID(id), mac: mac, addresses: addresses)
    }

    func owner(of address: String, on network: NetworkID) async throws -> MetadataClientIdentity? {
        let query = [("network_id", network.rawValue), ("fixed_ips", "ip_address=\(address)")]
        let ports = try await session.request(.get, "/v2.0/ports", query: query, context: .system()).json["ports"]?
            .array
        for port in ports ?? [] where port["device_owner"]?.string?.hasPrefix("compute:") == true {
            guard let server = port["device_id"]?.string, !server.isEmpty else { continue }
            let project = port["project_id"]?.string ?? port["tenant_id"]?.string ?? ""
            return MetadataClientIdentity(server: ServerID(server), project: ProjectID(project))
        }
        return nil
    }
}

/// Remembers owners for a few seconds: a starting guest asks a dozen times.
actor MetadataOwners {
    private struct Key: Hashable {
        var network: NetworkID
        var address: String
    }

    private struct Entry {
        var owner: MetadataClientIdentity
        var until: Double
    }

    private let ports: any MetadataPorts
    private let clock: WallClock
    private var entries: [Key: Entry] = [:]
    private static let lifetime = 5.0
    private static let capacity = 10_000

    init(ports: any MetadataPorts, clock: WallClock) {
        self.ports = ports
        self.clock = clock
    }

    func owner(of address: String, on network: NetworkID) async throws -> MetadataClientIdentity? {
        let key = Key(network: network, address: address)
        let now = clock.now().timeIntervalSince1970
        if let entry = entries[key], entry.until > now { return entry.owner }
        guard let owner = try await ports.owner(of: address, on: network) else {
            entries[key] = nil
            return nil
        }
        if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
        entries[key] = Entry(owner: owner, until: now + Self.lifetime)
        return owner
    }
}
