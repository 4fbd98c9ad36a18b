import ComputeModel
import Core
import TestSupport

@testable import ComputeAPI

typealias ComputeSurvey = CostSurvey<ComputeCostWorld>

/// A request for every operation of the Compute API.
func computeSurvey() -> ComputeSurvey {
    var survey = ComputeSurvey()
    addServers(&survey)
    addActions(&survey)
    addServerParts(&survey)
    addHosts(&survey)
    addProjects(&survey)
    addSecurityGroups(&survey)
    survey.growing = [
        "POST /v2.1/servers #volumes": "block storage has no list of volumes by their ids",
        "POST /v2.1/servers/{id}/action removeSecurityGroup": "the network service changes one port at a time",
    ]
    survey.untested = [
        "POST /v2.1/servers/{id}/action addSecurityGroup": "the world's ports have every group already",
        "POST /v2.1/os-aggregates/{id}/action add_host": "the world's aggregates are zones that have every host",
        "POST /v2.1/os-server-external-events": "the world's newest servers are on no host",
    ]
    return survey
}

private func addServers(_ survey: inout ComputeSurvey) {
    survey.on("GET /")
    survey.on("GET /v2")
    survey.on("GET /v2.1")
    survey.on("GET /v2.1/servers")
    survey.on("GET /v2.1/servers/detail")
    survey.on("GET /v2.1/servers/detail #filtered") { _, request in
        request.query = "status=ACTIVE&name=web&tags=tag0&sort_key=created_at&all_tenants=1"
    }
    survey.on("GET /v2.1/servers/{id}") { $1["id"] = $0.server.rawValue }
    survey.on("POST /v2.1/servers") { $1.json = $0.create(count: 1) }
    survey.on("POST /v2.1/servers #several") { $1.json = $0.create(count: $0.size) }
    survey.on("POST /v2.1/servers #volumes") { world, request in
        let volumes = (0..<world.size).map { _ in
            ["source_type": "volume", "destination_type": "volume", "uuid": .string(world.volume())] as JSONValue
        }
        request.json = world.create(count: 1, ["block_device_mapping_v2": .array(volumes)])
    }
    survey.on("PUT /v2.1/servers/{id}") { world, request in
        request["id"] = try await world.fresh().rawValue
        request.json = ["server": ["name": "other"]]
    }
    survey.on("DELETE /v2.1/servers/{id}") { $1["id"] = try await $0.fresh().rawValue }
}

extension ComputeCostWorld {
    func create(count: Int, _ more: [String: JSONValue] = [:]) -> JSONValue {
        var networks: [JSONValue] = networks.map { ["uuid": .string($0)] }
        if count == 1 { networks += (0..<size).map { _ in ["port": .string(port())] } }
        let server: [String: JSONValue] = [
            "name": "new", "flavorRef": "flavor0", "imageRef": .string(image), "key_name": "key0",
            "networks": .array(networks), "min_count": .integer(Int64(count)),
            "metadata": .object(numbered("key").mapValues { .string($0) }),
            "tags": .array(names("tag").map { .string($0) }),
            "security_groups": .array(names("group").map { ["name": .string($0)] }),
            "availability_zone": "zone0",
        ]
        return ["server": .object(server.merging(more) { $1 })]
    }
}

private func addActions(_ survey: inout ComputeSurvey) {
    func action(_ name: String, _ state: VMState = .active, _ body: JSONValue = .null, status: Int? = nil) {
        survey.on("POST /v2.1/servers/{id}/action \(name)") { world, request in
            request["id"] = try await world.fresh(state).rawValue
            request.json = [name: body]
            request.status = status
        }
    }
    action("os-start", .stopped)
    action("os-stop")
    action("pause")
    action("unpause", .paused)
    action("suspend")
    action("resume", .suspended)
    action("reboot", .active, ["type": "HARD"])
    action("os-getConsoleOutput", .active, [:])
    action("createImage", .active, ["name": "snapshot"])
    action("lock")
    action("unlock")
    action("forceDelete")
    action("os-resetState", .active, [:], status: 400)
    action("removeSecurityGroup", .active, ["name": "group1"])
    for name in [
        "rebuild", "resize", "confirmResize", "revertResize", "rescue", "unrescue", "shelve", "shelveOffload",
        "unshelve", "migrate", "os-migrateLive", "evacuate", "createBackup", "restore", "changePassword",
        "injectNetworkInfo", "resetNetwork", "trigger_crash_dump", "os-getVNCConsole", "os-getSPICEConsole",
        "os-getSerialConsole", "os-getRDPConsole", "os-getMKSConsole",
    ] {
        action(name, status: 400)
    }
    survey.on("POST /v2.1/servers/{id}/remote-consoles") { world, request in
        request["id"] = world.server.rawValue
        request.json = [:]
        request.status = 400
    }
    survey.on("GET /v2.1/servers/{id}/diagnostics") { $1["id"] = $0.server.rawValue }
    survey.on("POST /v2.1/servers/{id}/action addFixedIp") { world, request in
        request["id"] = try await world.fresh().rawValue
        request.json = ["addFixedIp": ["networkId": .string(world.networks[0])]]
    }
    survey.on("POST /v2.1/servers/{id}/action removeFixedIp") { world, request in
        request["id"] = try await world.fresh().rawValue
        request.json = ["removeFixedIp": ["address": "10.0.0.9"]]
    }
}

private func addServerParts(_ survey: inout ComputeSurvey) {
    for path in [
        "metadata", "tags", "ips", "os-volume_attachments", "os-interface", "os-instance-actions",
        "os-server-password", "migrations", "os-security-groups",
    ] {
        survey.on("GET /v2.1/servers/{id}/\(path)") { $1["id"] = $0.server.rawValue }
    }
    survey.on("DELETE /v2.1/servers/{id}/os-server-password") { $1["id"] = $0.server.rawValue }
    survey.on("GET /v2.1/os-migrations")
    survey.on("GET /v2.1/servers/{id}/os-instance-actions/{request}") {
        $1["id"] = $0.server.rawValue
        $1["request"] = "req-0"
    }
    survey.on("GET /v2.1/servers/{id}/ips/{network}") {
        $1["id"] = $0.server.rawValue
        $1["network"] = "net0"
    }
    for method in ["POST", "PUT"] {
        survey.on("\(method) /v2.1/servers/{id}/metadata") { world, request in
            request["id"] = try await world.fresh().rawValue
            request.json = ["metadata": .object(world.numbered("key").mapValues { .string($0) })]
        }
    }
    for method in ["GET", "PUT", "DELETE"] {
        survey.on("\(method) /v2.1/servers/{id}/metadata/{key}") { world, request in
            request["id"] = try await world.fresh().rawValue
            request["key"] = "key1"
            if method == "PUT" { request.json = ["meta": ["key1": "new"]] }
        }
        survey.on("\(method) /v2.1/servers/{id}/tags/{tag}") { world, request in
            request["id"] = try await world.fresh().rawValue
            request["tag"] = method == "PUT" ? "new" : "tag1"
        }
    }
    survey.on("PUT /v2.1/servers/{id}/tags") { world, request in
        request["id"] = try await world.fresh().rawValue
        request.json = ["tags": .array(world.names("other").map { .string($0) })]
    }
    survey.on("DELETE /v2.1/servers/{id}/tags") { $1["id"] = try await $0.fresh().rawValue }
    addAttachments(&survey)
}

private func addAttachments(_ survey: inout ComputeSurvey) {
    survey.on("POST /v2.1/servers/{id}/os-volume_attachments") { world, request in
        request["id"] = try await world.fresh().rawValue
        request.json = ["volumeAttachment": ["volumeId": .string(world.volume())]]
    }
    for method in ["GET", "PUT", "DELETE"] {
        survey.on("\(method) /v2.1/servers/{id}/os-volume_attachments/{volume}") { world, request in
            let server = try await world.fresh()
            let volume = try await world.volume(of: server)
            request["id"] = server.rawValue
            request["volume"] = volume
            if method == "PUT" {
                request.json = ["volumeAttachment": ["volumeId": .string(volume), "delete_on_termination": true]]
            }
        }
    }
    survey.on("POST /v2.1/servers/{id}/os-interface") { world, request in
        request["id"] = try await world.fresh().rawValue
        request.json = ["interfaceAttachment": ["net_id": .string(world.networks[0])]]
    }
    survey.on("POST /v2.1/servers/{id}/os-interface #port") { world, request in
        request["id"] = try await world.fresh().rawValue
        request.json = ["interfaceAttachment": ["port_id": .string(world.port())]]
    }
    for method in ["GET", "DELETE"] {
        survey.on("\(method) /v2.1/servers/{id}/os-interface/{port}") { world, request in
            let server = try await world.fresh()
            request["id"] = server.rawValue
            request["port"] = try await world.port(of: server)
        }
    }
}
