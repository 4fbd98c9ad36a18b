import Core
import TestSupport
import Testing
import WebAPI

@testable import Network

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct NetworkCostTests {
    /// The recorded table is `Tests/Golden/queries/network.json`; APUS_UPDATE_GOLDEN=1 writes it.
    @Test func noRouteOfNetworkCostsMoreWithMoreRows() async throws {
        let survey = networkSurvey()
        let reports = Reports()
        for size in [3, 20] {
            try await NetworkCostWorld.run(size) { world, api in
                await reports.add(try await survey.measure(world, api), api.description)
            }
        }
        let (few, many, description) = try await reports.result()
        let problems = try survey.problems(
            few: few, many: many, of: description, golden: Golden.path("queries/network.json"))
        for problem in problems { Issue.record("\(problem)") }
    }
}

typealias NetworkSurvey = CostSurvey<NetworkCostWorld>

/// A request for every operation of the Networking API.
func networkSurvey() -> NetworkSurvey {
    var survey = NetworkSurvey()
    survey.on("GET /")
    survey.on("GET /v2.0/")
    addResources(&survey)
    addRelated(&survey)
    addTags(&survey)
    addRouterActions(&survey)
    addOthers(&survey)
    survey.growing = [
        "POST /v2.0/ports #bulk": "each of the resources of one request is checked and written by itself"
    ]
    for route in ["GET", "PUT", "POST", "DELETE"].map({ "\($0) /v2.0/subnetpools/{id}/tags" })
        + ["GET", "PUT", "DELETE"].map({ "\($0) /v2.0/subnetpools/{id}/tags/{tag}" })
    {
        survey.untested[route] = "the controller of the other resources' tags"
    }
    return survey
}

private func addResources(_ survey: inout NetworkSurvey) {
    for path in [
        "networks", "subnets", "ports", "routers", "floatingips", "security-groups", "security-group-rules",
        "subnetpools", "address-scopes", "rbac-policies",
    ] {
        survey.on("GET /v2.0/\(path)")
        survey.on("GET /v2.0/\(path)/{id}") { $1["id"] = $0.ones[path] }
    }
    for path in [
        "networks", "routers", "security-groups", "security-group-rules", "subnetpools", "address-scopes",
        "rbac-policies",
    ] {
        survey.on("POST /v2.0/\(path)") { world, request in
            request.json = [NetworkCostWorld.member(path): .object(world.body(path, 1000))]
        }
    }
    for path in ["networks", "security-groups", "subnetpools", "address-scopes", "floatingips"] {
        survey.on("PUT /v2.0/\(path)/{id}") { world, request in
            request["id"] = path == "networks" ? world.hub.network : world.ones[path]
            request.json = [NetworkCostWorld.member(path): ["description": "new"]]
            if path == "address-scopes" { request.json = ["address_scope": ["name": "new"]] }
        }
    }
    survey.on("PUT /v2.0/security-group-rules/{id}") { world, request in
        request["id"] = world.ones["security-group-rules"]
        request.json = ["security_group_rule": [:]]
    }
    survey.on("PUT /v2.0/rbac-policies/{id}") { world, request in
        request["id"] = world.ones["rbac-policies"]
        request.json = ["rbac_policy": ["target_tenant": "another"]]
    }
    for path in ["subnetpools", "address-scopes", "rbac-policies", "routers", "security-group-rules"] {
        survey.on("DELETE /v2.0/\(path)/{id}") { world, request in
            var body = world.body(path, 2000)
            if path == "security-group-rules" { body["protocol"] = "icmp" }
            request["id"] = try await world.make(path, body)
        }
    }
}

/// Those that take more than their own row.
private func addRelated(_ survey: inout NetworkSurvey) {
    survey.on("GET /v2.0/ports #filtered") { world, request in
        request.query = "network_id=\(world.network)&fixed_ips=subnet_id%3D\(world.subnets[0])&tags=tag0&limit=1000"
    }
    survey.on("DELETE /v2.0/networks/{id}") { world, request in
        let network = try await world.externalNetwork(198)
        for _ in 0..<world.size {
            try await world.make("floatingips", ["floating_network_id": .string(network)])
        }
        request["id"] = network
    }
    survey.on("POST /v2.0/subnets") { world, request in
        let network = try await world.make("networks", ["name": "slaac"])
        for _ in 0..<world.size { try await world.make("ports", ["network_id": .string(network)]) }
        request.json = [
            "subnet": [
                "network_id": .string(network), "cidr": "2001:db8:1::/64", "ip_version": 6, "ipv6_ra_mode": "slaac",
                "ipv6_address_mode": "slaac",
            ]
        ]
    }
    survey.on("POST /v2.0/subnets #pool") { world, request in
        let network = try await world.make("networks", ["name": "pooled"])
        request.json = [
            "subnet": [
                "network_id": .string(network), "ip_version": 4,
                "subnetpool_id": .string(world.ones["subnetpools"] ?? ""),
                "prefixlen": 24,
            ]
        ]
    }
    survey.on("PUT /v2.0/subnets/{id}") { world, request in
        request["id"] = world.hub.subnet
        request.json = ["subnet": ["name": "new"]]
    }
    survey.on("DELETE /v2.0/subnets/{id}") { world, request in
        let network = try await world.make("networks", ["name": "slaac"])
        for _ in 0..<world.size { try await world.make("ports", ["network_id": .string(network)]) }
        request["id"] = try await world.make(
            "subnets",
            [
                "network_id": .string(network), "cidr": "2001:db8:2::/64", "ip_version": 6, "ipv6_ra_mode": "slaac",
                "ipv6_address_mode": "slaac",
            ])
    }
    survey.on("POST /v2.0/ports") { $1.json = ["port": .object($0.portBody())] }
    survey.on("POST /v2.0/ports #member") { world, request in
        request.token = "u:p:member,reader"
        request.json = ["port": .object(world.portBody())]
    }
    survey.on("POST /v2.0/ports #bulk") { world, request in
        let ports = (0..<world.size).map { _ in ["network_id": .string(world.network)] as JSONValue }
        request.json = ["ports": .array(ports)]
    }
    survey.on("PUT /v2.0/ports/{id}") { world, request in
        request["id"] = try await world.port()
        request.json = [
            "port": [
                "fixed_ips": [["subnet_id": .string(world.subnets[0])]],
                "security_groups": [.string(world.groups[0])],
            ]
        ]
    }
    survey.on("DELETE /v2.0/ports/{id}") { $1["id"] = try await $0.port() }
    survey.on("PUT /v2.0/routers/{id}") { world, request in
        request["id"] = world.router
        request.json = ["router": ["name": "new"]]
    }
    survey.on("PUT /v2.0/routers/{id} #gateway") { world, request in
        request["id"] = try await world.make("routers", ["name": "one"])
        request.json = ["router": ["external_gateway_info": ["network_id": .string(world.external)]]]
    }
    survey.on("POST /v2.0/floatingips") { world, request in
        request.json = [
            "floatingip": [
                "floating_network_id": .string(world.external), "port_id": .string(try await world.reachable()),
            ]
        ]
    }
    survey.on("DELETE /v2.0/floatingips/{id}") { world, request in
        request["id"] = try await world.make(
            "floatingips",
            ["floating_network_id": .string(world.external), "port_id": .string(try await world.reachable())])
    }
    survey.on("DELETE /v2.0/security-groups/{id}") { world, request in
        let group = try await world.make("security-groups", ["name": "gone"])
        for other in world.groups {
            try await world.make(
                "security-group-rules",
                [
                    "security_group_id": .string(other), "direction": "ingress", "protocol": "udp",
                    "remote_group_id": .string(group),
                ])
        }
        request["id"] = group
    }
}

private func addTags(_ survey: inout NetworkSurvey) {
    for path in ["networks", "subnets", "ports", "routers", "floatingips", "security-groups"] {
        survey.on("GET /v2.0/\(path)/{id}/tags") { $1["id"] = $0.ones[path] }
        for method in ["PUT", "POST"] {
            survey.on("\(method) /v2.0/\(path)/{id}/tags") { world, request in
                request["id"] = world.ones[path]
                request.json = ["tags": world.tags]
            }
        }
        for method in ["PUT", "GET", "DELETE"] {
            survey.on("\(method) /v2.0/\(path)/{id}/tags/{tag}") { world, request in
                request["id"] = world.ones[path]
                request["tag"] = "new"
            }
        }
        survey.on("DELETE /v2.0/\(path)/{id}/tags") { $1["id"] = $0.ones[path] }
    }
}

private func addRouterActions(_ survey: inout NetworkSurvey) {
    survey.on("PUT /v2.0/routers/{id}/add_router_interface") { world, request in
        let network = try await world.make("networks", ["name": "leg"])
        request["id"] = world.router
        request.json = ["subnet_id": .string(try await world.subnet(network, "192.168.1.0/24"))]
    }
    survey.on("PUT /v2.0/routers/{id}/remove_router_interface") { world, request in
        let network = try await world.make("networks", ["name": "leg"])
        let subnet = try await world.subnet(network, "192.168.2.0/24")
        try await world.send(
            "PUT", "routers/\(world.router)/add_router_interface", ["subnet_id": .string(subnet)])
        request["id"] = world.router
        request.json = ["subnet_id": .string(subnet)]
    }
    for action in ["add_extraroutes", "remove_extraroutes"] {
        survey.on("PUT /v2.0/routers/{id}/\(action)") { world, request in
            let routes = (0..<world.size).map {
                ["destination": .string("10.200.\($0).0/24"), "nexthop": "10.0.0.77"] as JSONValue
            }
            request["id"] = world.router
            request.json = ["router": ["routes": .array(routes)]]
        }
    }
}

private func addOthers(_ survey: inout NetworkSurvey) {
    survey.on("GET /v2.0/quotas")
    survey.on("GET /v2.0/quotas/tenant")
    for path in ["default", "details.json", "details"] {
        survey.on("GET /v2.0/quotas/{project}/\(path)") { $1["project"] = "project0" }
    }
    survey.on("GET /v2.0/quotas/{project}") { $1["project"] = "project0" }
    survey.on("PUT /v2.0/quotas/{project}") { world, request in
        let limits = QuotaOptions.defaults.prefix(world.size).map { ($0.0, 5 as JSONValue) }
        request["project"] = "project0"
        request.json = ["quota": .object(Dictionary(limits, uniquingKeysWith: { first, _ in first }))]
    }
    survey.on("DELETE /v2.0/quotas/{project}") { $1["project"] = "project0" }
    survey.on("GET /v2.0/agents")
    survey.on("GET /v2.0/agents/{id}") { $1.status = 404 }
    survey.on("PUT /v2.0/agents/{id}") {
        $1.json = [:]
        $1.status = 400
    }
    survey.on("GET /v2.0/availability_zones")
    survey.on("GET /v2.0/service-providers")
    survey.on("GET /v2.0/network-ip-availabilities")
    survey.on("GET /v2.0/network-ip-availabilities/{id}") { $1["id"] = $0.network }
    survey.on("GET /v2.0/extensions")
    survey.on("GET /v2.0/extensions/{alias}") { $1["alias"] = "router" }
}
