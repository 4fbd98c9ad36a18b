import Core
import Database
import Logging
import TestSupport
import WebAPI

@testable import Network

/// The Networking API on a fresh database, with `size` of everything and of everything that hangs on it.
struct NetworkCostWorld: Sendable {
    let size: Int
    let api: LocalAPI
    private(set) var network = ""
    private(set) var external = ""
    private(set) var subnets: [String] = []
    private(set) var groups: [String] = []
    private(set) var router = ""
    /// A network whose subnet `size` routers have a leg in.
    private(set) var hub = (network: "", subnet: "")
    /// One of each kind, by path.
    private(set) var ones: [String: String] = [:]

    static func run(
        _ size: Int, _ body: @escaping @Sendable (NetworkCostWorld, LocalAPI) async throws -> Void
    ) async throws {
        try await TestServices.withDatabase(service: "network", migrations: networkMigrations) { database in
            let limits = QuotaOptions.defaults.map { "quota_\($0.0) = 1000000\n" }.joined()
            let configuration = try Configuration(text: "[quotas]\n\(limits)")
            let backend = NetworkBackend(
                database: database, ids: .random, clock: .system, options: try configuration.read(),
                quotas: try configuration.read(), wake: {})
            let api = NetworkAPI(backend, southbound: nil, identityURL: "http://identity.test/v3")
            let local = LocalAPI(
                api.description, authenticator: SampleAuthenticator(), policy: try PolicyEngine(rules: api.policies),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await body(try await NetworkCostWorld(size, local), local)
        }
    }

    private init(_ size: Int, _ api: LocalAPI) async throws {
        self.size = size
        self.api = api
        network = try await make("networks", ["name": "net", "tags": tags])
        for index in 0..<size {
            subnets.append(try await subnet(network, "10.\(index).0.0/24"))
            try await make("networks", ["name": "other"])
            groups.append(try await make("security-groups", ["name": "group", "tags": tags]))
        }
        for group in groups { try await fillGroup(group) }
        external = try await externalNetwork(203)
        router = try await make(
            "routers", ["name": "router", "external_gateway_info": ["network_id": .string(external)], "tags": tags])
        for subnet in subnets {
            try await send("PUT", "routers/\(router)/add_router_interface", ["subnet_id": .string(subnet)])
        }
        ones["ports"] = try await port()
        for _ in 1..<size { _ = try await port() }
        try await fillHub()
        ones["networks"] = network
        ones["subnets"] = subnets[0]
        ones["routers"] = router
        ones["security-groups"] = groups[0]
        ones["security-group-rules"] = try await first("security-group-rules")
        ones["floatingips"] = try await first("floatingips")
        for index in 0..<size {
            ones["subnetpools"] = try await make("subnetpools", body("subnetpools", index))
            ones["address-scopes"] = try await make("address-scopes", body("address-scopes", index))
            ones["rbac-policies"] = try await make("rbac-policies", body("rbac-policies", index))
            try await send("PUT", "quotas/project\(index)", ["quota": ["network": 7, "port": 8]])
        }
    }

    private func fillGroup(_ group: String) async throws {
        for remote in groups {
            try await make(
                "security-group-rules",
                [
                    "security_group_id": .string(group), "direction": "ingress", "protocol": "tcp",
                    "remote_group_id": .string(remote),
                ])
        }
    }

    private mutating func fillHub() async throws {
        let network = try await make("networks", ["name": "hub"])
        let subnet = try await subnet(network, "172.16.0.0/24")
        for _ in 0..<size {
            let router = try await make("routers", ["name": "spoke"])
            let port = try await make("ports", ["network_id": .string(network)])
            try await send("PUT", "routers/\(router)/add_router_interface", ["port_id": .string(port)])
        }
        hub = (network, subnet)
    }

    // MARK: Making

    var tags: JSONValue { .array((0..<size).map { .string("tag\($0)") }) }

    /// What a new resource of a kind is made of.
    func body(_ path: String, _ index: Int = 0) -> [String: JSONValue] {
        switch path {
        case "subnetpools": ["name": "pool", "prefixes": .array((0..<size).map { .string("10.\($0).0.0/16") })]
        case "address-scopes": ["name": "scope", "ip_version": 4]
        case "rbac-policies":
            [
                "object_type": "network", "object_id": .string(network), "action": "access_as_shared",
                "target_tenant": .string("project\(index)"),
            ]
        case "networks": ["name": "new", "tags": tags]
        case "routers":
            ["name": "new", "external_gateway_info": ["network_id": .string(external)], "tags": tags]
        case "security-groups": ["name": "new", "tags": tags]
        case "security-group-rules":
            ["security_group_id": .string(groups[0]), "direction": "egress", "protocol": "udp"]
        default: [:]
        }
    }

    /// Large ones: which of them would be full first, depends on their ids.
    func externalNetwork(_ prefix: Int) async throws -> String {
        let id = try await make("networks", ["name": "ext", "router:external": true])
        for index in 0..<size { _ = try await subnet(id, "\(prefix).\(index).0.0/16") }
        return id
    }

    func subnet(_ network: String, _ cidr: String) async throws -> String {
        try await make(
            "subnets",
            [
                "network_id": .string(network), "cidr": .string(cidr), "ip_version": cidr.contains(":") ? 6 : 4,
                "tags": tags,
            ])
    }

    /// An address in each subnet, every group, `size` tags.
    func portBody() -> [String: JSONValue] {
        [
            "network_id": .string(network), "fixed_ips": .array(subnets.map { ["subnet_id": .string($0)] }),
            "security_groups": .array(groups.map { .string($0) }), "device_owner": "compute:nova",
            "device_id": "server", "tags": tags,
        ]
    }

    /// Such a port, with a floating IP for each of its addresses.
    func port() async throws -> String {
        let id = try await make("ports", portBody())
        let port = try await send("GET", "ports/\(id)")["port"] ?? .null
        for address in port["fixed_ips"]?.array ?? [] {
            try await make(
                "floatingips",
                [
                    "floating_network_id": .string(external), "port_id": .string(id),
                    "fixed_ip_address": address["ip_address"] ?? .null,
                ])
        }
        return id
    }

    /// A port of its own on a network of its own, behind a router: for floating IPs.
    func reachable() async throws -> String {
        let network = try await make("networks", ["name": "own"])
        let subnet = try await subnet(network, "192.168.7.0/24")
        let router = try await make("routers", body("routers"))
        try await send("PUT", "routers/\(router)/add_router_interface", ["subnet_id": .string(subnet)])
        return try await make(
            "ports", ["network_id": .string(network), "device_owner": "compute:nova", "device_id": "s"])
    }

    @discardableResult
    func make(_ path: String, _ values: [String: JSONValue]) async throws -> String {
        let answer = try await send("POST", path, [Self.member(path): .object(values)])
        return answer[Self.member(path)]?["id"]?.string ?? ""
    }

    /// `security-groups` holds `security_group`, `rbac-policies` `rbac_policy`.
    static func member(_ path: String) -> String {
        let name = path.map { $0 == "-" ? "_" : String($0) }.joined()
        return name.hasSuffix("ies") ? name.dropLast(3) + "y" : String(name.dropLast())
    }

    func first(_ path: String) async throws -> String {
        let name = path.map { $0 == "-" ? "_" : String($0) }.joined()
        return try await send("GET", path)[name]?[0]?["id"]?.string ?? ""
    }

    @discardableResult
    func send(_ method: String, _ path: String, _ json: JSONValue? = nil) async throws -> JSONValue {
        let answer = try await api.send(method, "/v2.0/\(path)", json)
        guard answer.status < 400 else {
            throw ServiceError(
                .internal, "\(method) \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))",
                cause: answer.error)
        }
        return answer.body.isEmpty ? .null : try JSONValue.parse(answer.body)
    }
}
