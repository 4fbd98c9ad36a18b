import Core
import Database

/// Gives ports their addresses, in the transaction that writes the port. The subnets' row locks keep allocations of a
/// network in line, and the primary key of `ip_allocations` refuses what would slip through.
struct AddressAllocator {
    struct Address: Hashable {
        let subnet: String
        let ip: IPAddress
    }

    let network: String
    let port: String
    let mac: MACAddress
    let owner: String
    let change: NetworkChange
    private let subnets: [Record]
    private var transaction: Transaction { change.transaction }

    /// Takes the locks.
    init(network: String, port: String, mac: MACAddress, owner: String, _ change: NetworkChange) throws {
        self.network = network
        self.port = port
        self.mac = mac
        self.owner = owner
        self.change = change
        subnets = try RecordStore.select(
            .subnets, where: "r.network_id = \(network)", tail: " ORDER BY r.id", locked: true, change.transaction
        ).filter { subnet in
            let types = subnet.strings("service_types")
            return types.isEmpty || types.contains(owner)
        }
    }

    private var isRouter: Bool { owner.hasPrefix("network:router") }

    // MARK: Choosing

    /// What a port gets that asks for nothing: one IPv4 address, one of stateful IPv6, and one in each SLAAC subnet.
    func defaults() throws -> [Address] {
        var result: [Address] = []
        for version in [IPAddress.Version.v4, .v6] {
            let candidates = subnets.filter { subnet in
                subnet.int("ip_version") == version.rawValue && !SubnetRules.isAutomatic(subnet)
            }
            guard !candidates.isEmpty else { continue }
            result.append(try first(of: candidates))
        }
        return result + automatic(besides: result)
    }

    /// What a port gets that asks for one address in any of these subnets.
    func one(of ids: [String]) throws -> [Address] { [try first(of: subnets.filter { ids.contains($0.id) })] }

    /// An address in the first of some subnets that has one left.
    private func first(of candidates: [Record]) throws -> Address {
        var known: [String: Set<IPAddress>] = [:]
        for (index, subnet) in candidates.enumerated() {
            // The first mostly has one; when it has not, the others are looked into together.
            if index == 1 { known = try used(in: Array(candidates.dropFirst())) }
            if let found = try free(in: subnet, besides: [], known) { return found }
        }
        throw ServiceError.network(
            .conflict, "IpAddressGenerationFailure", "No more IP addresses available on network \(network).")
    }

    /// What a port gets that asks for `requests`, entries with a subnet, an address, or both.
    /// - Parameter keeping: addresses that it has already and that need not be free.
    func choose(_ requests: [JSONValue], keeping: [Address] = []) throws -> [Address] {
        var result: [Address] = []
        let open = Set(requests.filter { $0["ip_address"]?.string == nil }.compactMap { $0["subnet_id"]?.string })
        let known = try used(in: subnets.filter { open.contains($0.id) })
        for request in requests {
            let asked = request["ip_address"]?.string.flatMap { IPAddress($0) }
            if let id = request["subnet_id"]?.string {
                guard let subnet = subnets.first(where: { $0.id == id }) else { throw try missing(id) }
                if let asked {
                    result.append(try fixed(asked, in: subnet))
                } else if SubnetRules.isAutomatic(subnet), !isRouter, let cidr = IPNetwork(subnet.string("cidr")) {
                    result.append(Address(subnet: id, ip: cidr.eui64(mac)))
                } else if let kept = keeping.first(where: { $0.subnet == id && !result.contains($0) }) {
                    result.append(kept)
                } else if let free = try free(in: subnet, besides: Set(result.map(\.ip)), known) {
                    result.append(free)
                } else {
                    throw ServiceError.network(
                        .conflict, "IpAddressGenerationFailure",
                        "No more IP addresses available on network \(network).")
                }
            } else if let asked {
                guard let subnet = subnets.first(where: { IPNetwork($0.string("cidr"))?.contains(asked) == true })
                else {
                    throw ServiceError.network(
                        .badRequest, "InvalidIpForNetwork",
                        "IP address \(asked) is not a valid IP for any of the subnets on the specified network.")
                }
                result.append(try fixed(asked, in: subnet))
            } else {
                throw ServiceError.invalidInput("IP allocation requires subnet_id or ip_address")
            }
        }
        guard Set(result).count == result.count else {
            throw ServiceError.invalidInput("Duplicate fixed_ips entries")
        }
        return isRouter ? result : result + automatic(besides: result)
    }

    /// The addresses taken in those of some subnets whose pools are small enough to search.
    func used(in subnets: [Record]) throws -> [String: Set<IPAddress>] {
        let small = subnets.filter { Self.isSmall(SubnetRules.pools(of: $0)) }.map(\.id)
        guard !small.isEmpty else { return [:] }
        let rows = try transaction.query(
            "SELECT subnet_id, ip_address FROM ip_allocations WHERE subnet_id IN \(anyOf: small)")
        var used: [String: Set<IPAddress>] = Dictionary(small.map { ($0, []) }, uniquingKeysWith: { first, _ in first })
        for row in rows {
            guard let address = IPAddress(try row.get("ip_address", as: String.self)) else { continue }
            used[try row.get("subnet_id"), default: []].insert(address)
        }
        return used
    }

    private static func isSmall(_ pools: [IPRange]) -> Bool {
        pools.reduce(0) { $0.addingReportingOverflow($1.count).overflow ? Int.max : $0 + $1.count } <= 4096
    }

    /// An address in the subnet, or nil if none is free.
    /// - Parameter known: what `used` said of this subnet, if it was asked.
    func free(
        in subnet: Record, besides taken: Set<IPAddress>, _ known: [String: Set<IPAddress>] = [:]
    ) throws -> Address? {
        let pools = SubnetRules.pools(of: subnet)
        if Self.isSmall(pools) {
            let used = try (known[subnet.id] ?? used(in: [subnet])[subnet.id] ?? []).union(taken)
            for pool in pools {
                var address = pool.first
                while address <= pool.last {
                    if !used.contains(address) { return Address(subnet: subnet.id, ip: address) }
                    address = address.advanced(by: 1)
                }
            }
            return nil
        }
        return try probe(subnet, pools, taken)
    }

    /// Large pools: tries runs of addresses from random places, so that the cost does not grow with the pool.
    private func probe(_ subnet: Record, _ pools: [IPRange], _ taken: Set<IPAddress>) throws -> Address? {
        for _ in 0..<16 {
            let digits = change.ids.uuid().filter { $0 != "-" }
            guard let random = UInt64(digits.suffix(15), radix: 16) else { continue }
            let pool = pools[Int(random % UInt64(pools.count))]
            let start = pool.first.advanced(by: Int(random % UInt64(pool.count)))
            let run = (0..<64).map { start.advanced(by: $0) }.filter { pool.contains($0) && !taken.contains($0) }
            let rows = try transaction.query(
                """
                SELECT ip_address FROM ip_allocations WHERE subnet_id = \(subnet.id)
                AND ip_address IN \(anyOf: run.map(\.description))
                """)
            let used = Set(try rows.map { try $0.get("ip_address", as: String.self) })
            if let address = run.first(where: { !used.contains($0.description) }) {
                return Address(subnet: subnet.id, ip: address)
            }
        }
        return nil
    }

    private func fixed(_ address: IPAddress, in subnet: Record) throws -> Address {
        guard let cidr = IPNetwork(subnet.string("cidr")), cidr.contains(address) else {
            throw ServiceError.network(
                .badRequest, "InvalidIpForSubnet", "IP address \(address) is not a valid IP for the specified subnet.")
        }
        if cidr.version == .v4, cidr.hostBits >= 2, address == cidr.base || address == cidr.last {
            throw ServiceError.network(
                .badRequest, "InvalidIpForSubnet", "IP address \(address) is not a valid IP for the specified subnet.")
        }
        if SubnetRules.isAutomatic(subnet), !isRouter, address != cidr.eui64(mac) {
            throw ServiceError.invalidInput(
                "IPv6 address \(address) can not be directly assigned to a port on subnet \(subnet.id) since the "
                    + "subnet is configured for automatic addresses")
        }
        return Address(subnet: subnet.id, ip: address)
    }

    private func automatic(besides chosen: [Address]) -> [Address] {
        guard !isRouter, owner != "network:distributed" else { return [] }
        let have = Set(chosen.map(\.subnet))
        return subnets.compactMap { subnet in
            guard SubnetRules.isAutomatic(subnet), !have.contains(subnet.id),
                let cidr = IPNetwork(subnet.string("cidr"))
            else { return nil }
            return Address(subnet: subnet.id, ip: cidr.eui64(mac))
        }
    }

    private func missing(_ subnet: String) throws -> ServiceError {
        guard try RecordStore.find(.subnets, subnet, transaction) != nil else {
            return NetworkObject.subnet.notFound(subnet)
        }
        return .invalidInput(
            "Failed to create port on network \(network), because fixed_ips included invalid subnet \(subnet)")
    }

    // MARK: Writing

    func write(_ addresses: [Address]) throws {
        guard !addresses.isEmpty else { return }
        let rows = addresses.enumerated().map { position, address -> SQL in
            "(\(address.subnet), \(address.ip.description), \(port), \(network), \(position))"
        }
        do {
            try transaction.execute(
                """
                INSERT INTO ip_allocations (subnet_id, ip_address, port_id, network_id, position)
                VALUES \(sql: .joined(rows, separator: ", "))
                """)
        } catch let error as ServiceError where error.duplicateKey != nil {
            let wanted = addresses.map { "(\($0.subnet), \($0.ip.description))" as SQL }
            let row = try transaction.first(
                """
                SELECT subnet_id, ip_address FROM ip_allocations
                WHERE (subnet_id, ip_address) IN (\(sql: .joined(wanted, separator: ", "))) LIMIT 1
                """)
            let taken = try row?.get("ip_address", as: String.self) ?? addresses[0].ip.description
            let subnet = try row?.get("subnet_id", as: String.self) ?? addresses[0].subnet
            throw ServiceError.network(
                .conflict, "IpAddressAlreadyAllocated",
                "IP address \(taken) already allocated in subnet \(subnet).")
        }
    }

    static func current(of port: String, _ transaction: Transaction) throws -> [Address] {
        try transaction.query(
            "SELECT subnet_id, ip_address FROM ip_allocations WHERE port_id = \(port) ORDER BY position, ip_address"
        ).compactMap { row in
            guard let ip = IPAddress(try row.get("ip_address", as: String.self)) else { return nil }
            return Address(subnet: try row.get("subnet_id"), ip: ip)
        }
    }
}
