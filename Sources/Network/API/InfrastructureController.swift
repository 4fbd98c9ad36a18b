import Core
import Database
import HTTPTypes
import OVSDB
import WebAPI

/// What the deployment consists of: agents, availability zones, providers; and how full networks are.
struct InfrastructureController {
    let service: NetworkBackend
    let southbound: OVSDBClient?
    private let agents = PolicyRule("get_agent", default: "(role:admin) or (role:service)")
    private let zones = PolicyRule("get_availability_zone", default: ResourcePolicies.reader)
    private let providers = PolicyRule("get_service_provider", default: ResourcePolicies.reader)
    private let availability = PolicyRule("get_network_ip_availability", default: ResourcePolicies.admin)
    private let notBuilt = PolicyRule("update_agent", default: ResourcePolicies.admin)

    init(service: NetworkBackend, southbound: OVSDBClient?) {
        self.service = service
        self.southbound = southbound
    }

    var policies: [PolicyRule] { [agents, zones, providers, availability, notBuilt] }

    var operations: [Operation] {
        [
            Operation(.get, "/agents", name: "list agents") { request in
                // Who may not see agents sees a list without any, as of every other resource.
                guard request.isAllowed(agents) else { return .json(["agents": []]) }
                let wanted = request.query
                let items = await list().filter { agent in
                    ["id", "host", "agent_type", "binary"].allSatisfy { name in
                        wanted.all(name).isEmpty || wanted.all(name).contains(agent[name]?.string ?? "")
                    }
                }
                return .json(["agents": .array(items)])
            },
            Operation(.get, "/agents/{id}", name: "show agent", policy: agents) { request in
                let id = try request.parameter("id")
                guard let agent = await list().first(where: { $0["id"]?.string == id }) else {
                    throw ServiceError.network(.notFound, "AgentNotFound", "Agent \(id) could not be found.")
                }
                return .json(["agent": agent])
            },
            Operation(.put, "/agents/{id}", name: "update agent", policy: notBuilt) { _ in
                throw ServiceError(.badRequest, "Agents follow OVN's chassis and cannot be updated here.")
            },
            Operation(.get, "/availability_zones", name: "list availability zones", policy: zones) { _ in
                let items = ["network", "router"].map { resource -> JSONValue in
                    [
                        "name": .string(service.options.availabilityZone), "resource": .string(resource),
                        "state": "available",
                    ]
                }
                return .json(["availability_zones": .array(items)])
            },
            Operation(.get, "/service-providers", name: "list service providers", policy: providers) { _ in
                .json(["service_providers": [["service_type": "L3_ROUTER_NAT", "name": "ovn", "default": true]]])
            },
            Operation(.get, "/network-ip-availabilities", name: "list network IP availability", policy: availability) {
                request in
                .json(["network_ip_availabilities": .array(try await available(request.query))])
            },
            Operation(
                .get, "/network-ip-availabilities/{id}", name: "show network IP availability", policy: availability
            ) { request in
                let id = try request.parameter("id")
                guard let item = try await available(QueryItems([("network_id", id)])).first else {
                    throw NetworkObject.network.notFound(id)
                }
                return .json(["network_ip_availability": item])
            },
        ]
    }

    /// OVN's hosts as agents, as ML2/OVN shows them.
    private func list() async -> [JSONValue] {
        guard let replica = await southbound?.replica else { return [] }
        return replica.rows("Chassis").sorted { ($0.string("hostname") ?? "") < ($1.string("hostname") ?? "") }.map {
            row in
            let options = row.map("other_config").merging(row.map("external_ids")) { first, _ in first }
            let isGateway = OVNLoader.isGateway(row)
            return [
                "id": .string(row.string("name") ?? ""), "host": .string(row.string("hostname") ?? ""),
                "agent_type": .string(isGateway ? "OVN Controller Gateway agent" : "OVN Controller agent"),
                "binary": "ovn-controller", "topic": "n/a", "alive": true, "admin_state_up": true,
                "availability_zone": .string(isGateway ? service.options.availabilityZone : ""), "description": "",
                "configurations": [
                    "bridge-mappings": .string(options["ovn-bridge-mappings"] ?? ""),
                    "chassis_name": .string(row.string("name") ?? ""),
                ],
                "created_at": nil, "started_at": nil, "heartbeat_timestamp": nil, "resources_synced": nil,
            ]
        }
    }

    private func available(_ query: QueryItems) async throws -> [JSONValue] {
        let ids = query.all("network_id")
        let names = query.all("network_name")
        return try await service.database.transaction("ip availability") { transaction in
            var condition: SQL = "TRUE"
            if !ids.isEmpty { condition += " AND r.id IN \(anyOf: ids)" }
            if !names.isEmpty { condition += " AND r.name IN \(anyOf: names)" }
            let networks = try RecordStore.select(
                .networks, where: condition, tail: " ORDER BY r.id LIMIT 1000", transaction)
            guard !networks.isEmpty else { return [] }
            let subnets = Dictionary(
                grouping: try RecordStore.select(
                    .subnets, where: "r.network_id IN \(anyOf: networks.map(\.id))", transaction)
            ) { $0.string("network_id") }
            var used: [String: Int] = [:]
            for row in try transaction.query(
                """
                SELECT subnet_id, COUNT(*) AS used FROM ip_allocations
                WHERE network_id IN \(anyOf: networks.map(\.id)) GROUP BY subnet_id
                """)
            {
                used[try row.get("subnet_id")] = try row.get("used", as: Int.self)
            }
            return networks.map { view($0, subnets[$0.id] ?? [], used) }
        }
    }

    private func view(_ network: Record, _ subnets: [Record], _ used: [String: Int]) -> JSONValue {
        var total = 0
        var taken = 0
        let items = subnets.map { subnet -> JSONValue in
            let size = SubnetRules.pools(of: subnet).reduce(0) {
                $0.addingReportingOverflow($1.count).overflow ? Int.max : $0 + $1.count
            }
            total = total.addingReportingOverflow(size).overflow ? Int.max : total + size
            taken += used[subnet.id] ?? 0
            return [
                "subnet_id": .string(subnet.id), "subnet_name": subnet["name"], "cidr": subnet["cidr"],
                "ip_version": subnet["ip_version"], "total_ips": .integer(Int64(size)),
                "used_ips": .integer(Int64(used[subnet.id] ?? 0)),
            ]
        }
        return [
            "network_id": .string(network.id), "network_name": network["name"], "project_id": network["project_id"],
            "tenant_id": network["project_id"], "total_ips": .integer(Int64(total)),
            "used_ips": .integer(Int64(taken)), "subnet_ip_availability": .array(items),
        ]
    }
}
