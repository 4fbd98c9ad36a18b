import Core
import Database
import OVSDB

/// Reads subjects from the database and says which rows OVN should have for them. A subject that is gone has none.
struct OVNLoader {
    let options: NetworkOptions
    let distributedFloatingIPs: Bool
    let hosts: Set<String>
    let gatewayChassis: [String]

    /// - Parameter chassis: the southbound database's hosts.
    init(options: NetworkOptions, ovn: OVNOptions, chassis: [OVSDBRow]) {
        self.options = options
        distributedFloatingIPs = ovn.distributedFloatingIPs
        hosts = Set(chassis.flatMap { [$0.string("name"), $0.string("hostname")].compactMap { $0 } })
        gatewayChassis = chassis.filter(Self.isGateway).compactMap { $0.string("name") }.sorted()
    }

    /// Whether a host carries routers' way out: `ovn-cms-options` has `enable-chassis-as-gw`.
    static func isGateway(_ chassis: OVSDBRow) -> Bool {
        let options = chassis.map("other_config")["ovn-cms-options"] ?? chassis.map("external_ids")["ovn-cms-options"]
        return (options ?? "").split(separator: ",").contains("enable-chassis-as-gw")
    }

    private var networkRows: OVNNetworkRows { OVNNetworkRows(options: options) }

    func rows(for subjects: [OVNSubject], _ transaction: Transaction) throws -> [OVNSubject: [OVNRow]] {
        var result: [OVNSubject: [OVNRow]] = [:]
        for subject in subjects { result[subject] = subject == .common ? OVNSecurityRows.common() : [] }
        try loadNetworks(ids(subjects) { if case .network(let id) = $0 { id } else { nil } }, transaction, &result)
        try loadGroups(ids(subjects) { if case .securityGroup(let id) = $0 { id } else { nil } }, transaction, &result)
        try loadPorts(ids(subjects) { if case .port(let id) = $0 { id } else { nil } }, transaction, &result)
        try loadRouters(ids(subjects) { if case .router(let id) = $0 { id } else { nil } }, transaction, &result)
        return result
    }

    private func ids(_ subjects: [OVNSubject], _ pick: (OVNSubject) -> String?) -> [String] {
        subjects.compactMap(pick)
    }

    private func loadNetworks(
        _ ids: [String], _ transaction: Transaction, _ result: inout [OVNSubject: [OVNRow]]
    ) throws {
        guard !ids.isEmpty else { return }
        let networks = try RecordStore.select(.networks, where: "r.id IN \(anyOf: ids)", transaction)
        let subnets = Dictionary(
            grouping: try RecordStore.select(.subnets, where: "r.network_id IN \(anyOf: ids)", transaction)
        ) { $0.string("network_id") }
        let metadata = try metadata(ids, transaction)
        for network in networks {
            result[.network(network.id)] = networkRows.rows(network, subnets[network.id] ?? [], metadata: metadata)
        }
    }

    /// The metadata ports' addresses, by subnet.
    private func metadata(_ networks: [String], _ transaction: Transaction) throws -> [String: String] {
        var result: [String: String] = [:]
        for row in try transaction.query(
            """
            SELECT a.subnet_id, a.ip_address FROM ports p JOIN ip_allocations a ON a.port_id = p.id
            WHERE p.network_id IN \(anyOf: networks) AND p.device_owner = \(MetadataPort.owner)
            """)
        {
            result[try row.get("subnet_id")] = try row.get("ip_address", as: String.self)
        }
        return result
    }

    private func loadGroups(
        _ ids: [String], _ transaction: Transaction, _ result: inout [OVNSubject: [OVNRow]]
    ) throws {
        guard !ids.isEmpty else { return }
        let rules = Dictionary(
            grouping: try RecordStore.select(
                .securityGroupRules, where: "r.security_group_id IN \(anyOf: ids)", transaction)
        ) { $0.string("security_group_id") }
        for group in try RecordStore.select(.securityGroups, where: "r.id IN \(anyOf: ids)", transaction) {
            result[.securityGroup(group.id)] = OVNSecurityRows.rows(group, rules[group.id] ?? [])
        }
    }

    private func loadPorts(_ ids: [String], _ transaction: Transaction, _ result: inout [OVNSubject: [OVNRow]]) throws {
        guard !ids.isEmpty else { return }
        var ports = try RecordStore.select(.ports, where: "r.id IN \(anyOf: ids)", transaction)
        try Ports(options: options).complete(
            &ports, for: Caller(.system(), isAdmin: true), transaction)
        let networkIDs = Set(ports.map { $0.string("network_id") }).sorted()
        guard !networkIDs.isEmpty else { return }
        let networks = try byID(.networks, networkIDs, transaction)
        let subnetIDs = Set(ports.flatMap { $0.list("fixed_ips").compactMap { $0["subnet_id"]?.string } }).sorted()
        let subnets = subnetIDs.isEmpty ? [:] : try byID(.subnets, subnetIDs, transaction)
        let metadata = try metadata(networkIDs, transaction)
        let builder = OVNPortRows(networks: networkRows, hosts: hosts)
        for port in ports {
            guard let network = networks[port.string("network_id")] else { continue }
            result[.port(port.id)] = builder.rows(port, network, subnets, metadata: metadata)
        }
    }

    private func loadRouters(
        _ ids: [String], _ transaction: Transaction, _ result: inout [OVNSubject: [OVNRow]]
    ) throws {
        guard !ids.isEmpty else { return }
        let routers = try RecordStore.select(.routers, where: "r.id IN \(anyOf: ids)", transaction)
        let ports = try RecordStore.select(
            .ports,
            where: """
                r.device_id IN \(anyOf: ids)
                AND r.device_owner IN ('network:router_interface', 'network:router_gateway')
                """, tail: " ORDER BY r.id", transaction)
        let networks =
            ports.isEmpty ? [:] : try byID(.networks, Set(ports.map { $0.string("network_id") }).sorted(), transaction)
        let addresses = try addresses(ports.map(\.id), transaction)
        var legs: [String: [OVNRouterRows.Leg]] = [:]
        for port in ports {
            guard let network = networks[port.string("network_id")] else { continue }
            legs[port.string("device_id"), default: []].append(
                OVNRouterRows.Leg(port: port, network: network, addresses: addresses[port.id] ?? []))
        }
        let floating = try floating(ids, transaction)
        let builder = OVNRouterRows(gatewayChassis: gatewayChassis, distributedFloatingIPs: distributedFloatingIPs)
        for router in routers {
            result[.router(router.id)] = builder.rows(
                router, legs[router.id] ?? [], floating: floating[router.id] ?? [])
        }
    }

    private func addresses(
        _ ports: [String], _ transaction: Transaction
    ) throws -> [String: [(ip: IPAddress, subnet: Record)]] {
        guard !ports.isEmpty else { return [:] }
        let rows = try transaction.query(
            """
            SELECT port_id, subnet_id, ip_address FROM ip_allocations WHERE port_id IN \(anyOf: ports)
            ORDER BY position
            """
        )
        guard !rows.isEmpty else { return [:] }
        let subnets = try byID(
            .subnets, Set(try rows.map { try $0.get("subnet_id", as: String.self) }).sorted(), transaction)
        var result: [String: [(ip: IPAddress, subnet: Record)]] = [:]
        for row in rows {
            guard let ip = IPAddress(try row.get("ip_address", as: String.self)),
                let subnet = subnets[try row.get("subnet_id", as: String.self)]
            else { continue }
            result[try row.get("port_id"), default: []].append((ip, subnet))
        }
        return result
    }

    private func floating(
        _ routers: [String], _ transaction: Transaction
    ) throws -> [String: [(record: Record, mac: String)]] {
        let records = try RecordStore.select(
            .floatingIPs, where: "r.router_id IN \(anyOf: routers) AND r.fixed_port_id IS NOT NULL",
            tail: " ORDER BY r.id", transaction)
        guard !records.isEmpty else { return [:] }
        let ports = try byID(.ports, records.map { $0.string("floating_port_id") }, transaction)
        return Dictionary(
            grouping: records.map { ($0, ports[$0.string("floating_port_id")]?.string("mac_address") ?? "") }
        ) { $0.0.string("router_id") }.mapValues { $0.map { (record: $0.0, mac: $0.1) } }
    }

    private func byID(_ type: ResourceType, _ ids: [String], _ transaction: Transaction) throws -> [String: Record] {
        let records = try RecordStore.select(type, where: "r.id IN \(anyOf: ids)", transaction)
        return Dictionary(records.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }
}
