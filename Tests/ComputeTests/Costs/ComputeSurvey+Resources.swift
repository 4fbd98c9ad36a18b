import ComputeModel
import ComputeStore
import Core
import TestSupport

@testable import ComputeAPI

func addHosts(_ survey: inout ComputeSurvey) {
    survey.on("GET /v2.1/os-hypervisors") { $1.query = "with_servers=true" }
    survey.on("GET /v2.1/os-hypervisors/detail") { $1.query = "with_servers=true" }
    survey.on("GET /v2.1/os-hypervisors/statistics")
    survey.on("GET /v2.1/os-hypervisors/{id}") { $1["id"] = try await $0.node().id }
    survey.on("GET /v2.1/os-hypervisors/{id}/uptime") { $1["id"] = try await $0.node().id }
    survey.on("GET /v2.1/os-hypervisors/{id}/search") { $1["id"] = "host" }
    survey.on("GET /v2.1/os-hypervisors/{id}/servers") { $1["id"] = "host" }
    survey.on("GET /v2.1/os-availability-zone")
    survey.on("GET /v2.1/os-availability-zone/detail")
    survey.on("GET /v2.1/os-services")
    for path in ["enable", "disable", "disable-log-reason", "force-down"] {
        survey.on("PUT /v2.1/os-services/\(path)") { _, request in
            request.json = [
                "host": "host1", "binary": "nova-compute", "disabled_reason": "r", "forced_down": false,
            ]
        }
    }
    survey.on("PUT /v2.1/os-services/{id}") { world, request in
        request["id"] = try await HostStore.services(in: world.env.database)[0].id
        request.json = ["status": "enabled", "forced_down": false]
    }
    survey.on("DELETE /v2.1/os-services/{id}") { world, request in
        let empty = "host\(world.size)"
        try await HostStore.seen(
            host: empty, binary: "nova-compute", newID: world.ids.uuid(), at: world.env.clock.now(),
            in: world.env.database)
        request["id"] = try await HostStore.services(in: world.env.database).first { $0.host == empty }?.id
    }
    addAggregates(&survey)
}

private func addAggregates(_ survey: inout ComputeSurvey) {
    survey.on("GET /v2.1/os-aggregates")
    survey.on("POST /v2.1/os-aggregates") { $1.json = ["aggregate": ["name": "new", "availability_zone": "z"]] }
    survey.on("GET /v2.1/os-aggregates/{id}") { $1["id"] = "1" }
    survey.on("PUT /v2.1/os-aggregates/{id}") {
        $1["id"] = "1"
        $1.json = ["aggregate": ["name": "renamed"]]
    }
    survey.on("POST /v2.1/os-aggregates/{id}/action set_metadata") { world, request in
        request["id"] = "1"
        request.json = [
            "set_metadata": ["metadata": .object(world.numbered("key").mapValues { .string($0) })]
        ]
    }
    survey.on("POST /v2.1/os-aggregates/{id}/action remove_host") {
        $1["id"] = "1"
        $1.json = ["remove_host": ["host": "host1"]]
    }
    survey.on("DELETE /v2.1/os-aggregates/{id}") { world, request in
        let id = try await AggregateStore.insert(
            name: "empty", uuid: world.ids.uuid(), metadata: [:], at: world.env.clock.now(), in: world.env.database)
        request["id"] = String(id)
    }
}

func addProjects(_ survey: inout ComputeSurvey) {
    addFlavors(&survey)
    survey.on("GET /v2.1/os-keypairs")
    survey.on("GET /v2.1/os-keypairs/{name}") { $1["name"] = "key0" }
    survey.on("POST /v2.1/os-keypairs") { _, request in
        request.json = [
            "keypair": [
                "name": "new",
                "public_key":
                    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVybGtrYWZha2VrZXlmYWtla2V5ZmFrZWtleWZh comment",
            ]
        ]
    }
    survey.on("DELETE /v2.1/os-keypairs/{name}") {
        try await $0.insertKeypair("gone")
        $1["name"] = "gone"
    }
    survey.on("GET /v2.1/os-server-groups")
    survey.on("POST /v2.1/os-server-groups") { $1.json = ["server_group": ["name": "new", "policy": "affinity"]] }
    survey.on("GET /v2.1/os-server-groups/{id}") { world, request in
        request["id"] = try await ServerGroupStore.list(of: nil, offset: 0, limit: 1, in: world.env.database)[0].id
    }
    survey.on("DELETE /v2.1/os-server-groups/{id}") { $1["id"] = try await $0.group() }
    survey.on("GET /v2.1/os-quota-sets/{project}") { $1["project"] = "p" }
    survey.on("GET /v2.1/os-quota-sets/{project}/defaults") { $1["project"] = "p" }
    survey.on("GET /v2.1/os-quota-sets/{project}/detail") { $1["project"] = "p" }
    survey.on("PUT /v2.1/os-quota-sets/{project}") { world, request in
        request["project"] = "other"
        let names = ["instances", "cores", "ram", "metadata_items", "key_pairs", "server_groups"]
        let limits = names.prefix(world.size).map { ($0, 5 as JSONValue) }
        request.json = ["quota_set": .object(Dictionary(limits, uniquingKeysWith: { first, _ in first }))]
    }
    survey.on("DELETE /v2.1/os-quota-sets/{project}") { $1["project"] = "other" }
    survey.on("GET /v2.1/os-quota-class-sets/{name}") { $1["name"] = "default" }
    survey.on("PUT /v2.1/os-quota-class-sets/{name}") {
        $1["name"] = "default"
        $1.json = [:]
        $1.status = 400
    }
    survey.on("GET /v2.1/limits")
    survey.on("GET /v2.1/os-simple-tenant-usage") { $1.query = "detailed=1&start=2000-01-01T00:00:00" }
    survey.on("GET /v2.1/os-simple-tenant-usage/{project}") {
        $1["project"] = "p"
        $1.query = "start=2000-01-01T00:00:00"
    }
    survey.on("GET /v2.1/extensions")
    survey.on("GET /v2.1/extensions/{alias}") { $1["alias"] = "os-keypairs" }
}

private func addFlavors(_ survey: inout ComputeSurvey) {
    survey.on("GET /v2.1/flavors")
    survey.on("GET /v2.1/flavors/detail")
    survey.on("GET /v2.1/flavors/{id}") { $1["id"] = "flavor0" }
    survey.on("POST /v2.1/flavors") {
        $1.json = ["flavor": ["name": "new", "ram": 1, "vcpus": 1, "disk": 1]]
    }
    survey.on("PUT /v2.1/flavors/{id}") {
        $1["id"] = "flavor0"
        $1.json = ["flavor": ["description": "new"]]
    }
    survey.on("DELETE /v2.1/flavors/{id}") {
        try await $0.insertFlavor("gone")
        $1["id"] = "gone"
    }
    survey.on("GET /v2.1/flavors/{id}/os-extra_specs") { $1["id"] = "flavor0" }
    survey.on("POST /v2.1/flavors/{id}/os-extra_specs") { world, request in
        request["id"] = "flavor0"
        request.json = ["extra_specs": .object(world.numbered("spec").mapValues { .string($0) })]
    }
    for method in ["GET", "PUT", "DELETE"] {
        survey.on("\(method) /v2.1/flavors/{id}/os-extra_specs/{key}") {
            $1["id"] = "flavor1"
            $1["key"] = "spec1"
            if method == "PUT" { $1.json = ["spec1": "new"] }
        }
    }
    survey.on("GET /v2.1/flavors/{id}/os-flavor-access") { $1["id"] = "private" }
    survey.on("POST /v2.1/flavors/{id}/action addTenantAccess") {
        $1["id"] = "private"
        $1.json = ["addTenantAccess": ["tenant": "new"]]
    }
    survey.on("POST /v2.1/flavors/{id}/action removeTenantAccess") {
        $1["id"] = "private"
        $1.json = ["removeTenantAccess": ["tenant": "new"]]
    }
}

func addSecurityGroups(_ survey: inout ComputeSurvey) {
    survey.on("GET /v2.1/os-security-groups")
    survey.on("POST /v2.1/os-security-groups") {
        $1.json = ["security_group": ["name": "new", "description": "d"]]
    }
    survey.on("GET /v2.1/os-security-groups/{id}") { $1["id"] = $0.groups[0] }
    survey.on("PUT /v2.1/os-security-groups/{id}") {
        $1["id"] = $0.groups[0]
        $1.json = ["security_group": ["name": "group0", "description": "d"]]
    }
    survey.on("DELETE /v2.1/os-security-groups/{id}") { world, request in
        let id = world.ids.uuid()
        world.cloud.add("security-groups", ["id": .string(id), "project_id": "p"])
        request["id"] = id
    }
    survey.on("POST /v2.1/os-security-group-rules") { world, request in
        request.json = [
            "security_group_rule": [
                "parent_group_id": .string(world.groups[0]), "ip_protocol": "tcp", "from_port": 1, "to_port": 2,
                "cidr": "0.0.0.0/0",
            ]
        ]
    }
    survey.on("DELETE /v2.1/os-security-group-rules/{id}") { world, request in
        let id = world.ids.uuid()
        world.cloud.add("security-group-rules", ["id": .string(id), "project_id": "p"])
        request["id"] = id
    }
}

extension ComputeCostWorld {
    func node() async throws -> ComputeNode { try await HostStore.nodes(in: env.database)[0] }
}
