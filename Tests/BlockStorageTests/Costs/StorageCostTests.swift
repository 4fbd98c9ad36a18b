import Core
import TestSupport
import Testing
import WebAPI

@testable import BlockStorage

@Suite(.enabled(if: StorageFixture.isAvailable), .serialized) struct StorageCostTests {
    /// The recorded table is `Tests/Golden/queries/block-storage.json`; APUS_UPDATE_GOLDEN=1 writes it.
    @Test func noRouteOfBlockStorageCostsMoreWithMoreRows() async throws {
        let survey = storageSurvey()
        let reports = Reports()
        for size in [3, 20] {
            try await StorageCostWorld.run(size) { world, api in
                await reports.add(try await survey.measure(world, api), api.description)
            }
        }
        let (few, many, description) = try await reports.result()
        let problems = try survey.problems(
            few: few, many: many, of: description, golden: Golden.path("queries/block-storage.json"))
        for problem in problems { Issue.record("\(problem)") }
    }

    /// The samples are in `Tests/Golden/contract/volume`.
    @Test func viewsOfVolumesChangeOnlyAtTheVersionsRecorded() async throws {
        try await StorageCostWorld.run(1) { world, api in
            let targets = [
                ("volume", "/volumes/\(world.volume)"), ("volumes", "/volumes?limit=1"),
                ("volumes-detail", "/volumes/detail?limit=1&with_count=true"), ("volumes-summary", "/volumes/summary"),
                ("snapshot", "/snapshots/\(world.snapshot)"), ("snapshots-detail", "/snapshots/detail?with_count=true"),
                ("attachment", "/attachments/\(world.attachment)"), ("attachments", "/attachments"),
                ("attachments-detail", "/attachments/detail"), ("transfer", "/volume-transfers/\(world.transfer)"),
                ("transfer-old", "/os-volume-transfer/\(world.transfer)"), ("type", "/types/\(world.type)"),
                ("types", "/types"), ("pools", "/scheduler-stats/get_pools"),
                ("services", "/os-services"), ("limits", "/limits"), ("quotas", "/os-quota-sets/p?usage=true"),
            ]
            for (name, target) in targets {
                let samples = try await VersionSamples.take(
                    "/v3\(target)", from: api, type: "volume", "3.0"...BlockStorageAPI.maxVersion)
                let path = Golden.path("contract/volume/\(name).json")
                for text in try Golden.differences(samples, from: path) { Issue.record("\(name): \(text)") }
            }
            let open = ContractLists.bodiesWithoutSchema(api.description)
            let path = Golden.path("contract/volume-bodies-without-schema.json")
            for text in try ContractLists.differences(open, from: path) { Issue.record("\(text)") }
        }
    }
}

typealias StorageSurvey = CostSurvey<StorageCostWorld>

extension StorageSurvey {
    /// The same under both of the API's prefixes.
    fileprivate mutating func both(_ method: String, _ path: String, _ fill: @escaping Fill = { _, _ in }) {
        on("\(method) /v3\(path)", fill)
        on("\(method) /v3/{project_id}\(path)") { world, request in
            request["project_id"] = "p"
            try await fill(world, &request)
        }
    }
}

/// A request for every operation of the Block Storage API.
private func storageSurvey() -> StorageSurvey {
    var survey = StorageSurvey()
    survey.on("GET /")
    survey.on("GET /v3/")
    addVolumes(&survey)
    addActions(&survey)
    addSnapshots(&survey)
    addAttachments(&survey)
    addTypes(&survey)
    addOthers(&survey)
    for prefix in ["/v3", "/v3/{project_id}"] {
        survey.untested["PUT \(prefix)/attachments/{id}"] =
            "exports a real volume from a real target: AttachmentTests does that"
    }
    return survey
}

private func addVolumes(_ survey: inout StorageSurvey) {
    survey.both("GET", "/volumes")
    survey.both("GET", "/volumes/detail") { $1.query = "with_count=true" }
    survey.both("GET", "/volumes/summary")
    survey.both("POST", "/volumes") { $1.json = ["volume": ["size": 1, "metadata": $0.specs]] }
    for rest in ["", "/encryption", "/metadata"] {
        survey.both("GET", "/volumes/{id}\(rest)") { $1["id"] = $0.volume.rawValue }
    }
    survey.both("GET", "/volumes/{id}/encryption/{key}") {
        $1["id"] = $0.volume.rawValue
        $1["key"] = "encryption_key_id"
    }
    survey.both("PUT", "/volumes/{id}") {
        $1["id"] = $0.volume.rawValue
        $1.json = ["volume": ["name": "new", "description": "new", "metadata": $0.specs]]
    }
    survey.both("DELETE", "/volumes/{id}") {
        $1["id"] = try await $0.full(.available, snapshots: true).rawValue
        $1.query = "cascade=true"
    }
}

private func addActions(_ survey: inout StorageSurvey) {
    func action(
        _ name: String, _ status: VolumeStatus = .available, _ body: JSONValue = [:], answers: Int? = nil,
        attached: AttachStatus? = nil
    ) {
        survey.both("POST", "/volumes/{id}/action \(name)") { world, request in
            let volume = try await world.full(status)
            if let attached { _ = try await world.attach(volume, attached) }
            request["id"] = volume.rawValue
            request.json = [name: body]
            request.status = answers
        }
    }
    action("os-extend", .available, ["new_size": 2])
    action("os-reset_status", .available, ["status": "error"])
    action("os-force_delete")
    action("os-set_bootable", .available, ["bootable": true])
    action("os-update_readonly_flag", .available, ["readonly": true])
    action("os-retype", .available, ["new_type": "type0", "migration_policy": "never"])
    for name in [
        "os-migrate_volume", "os-unmanage", "revert", "os-reimage", "os-initialize_connection",
        "os-terminate_connection",
    ] {
        action(name, answers: 400)
    }
    action("os-reserve")
    action("os-unreserve", .reserved)
    action("os-begin_detaching", .inUse, attached: .attached)
    action("os-roll_detaching", .detaching, attached: .attached)
    action("os-attach", .reserved, ["instance_uuid": "11111111-2222-3333-4444-555555555555", "mountpoint": "/dev/vdb"])
    action("os-detach", .inUse, attached: nil)
    action("os-force_detach", .inUse, attached: nil)
    action("os-volume_upload_image", .available, ["image_name": "image"])
    action("os-set_image_metadata", .available, ["metadata": ["a": "b"]])
    action("os-show_image_metadata")
    survey.both("POST", "/volumes/{id}/action os-unset_image_metadata") { world, request in
        let volume = try await world.full(.available)
        try await world.send(
            "POST", "volumes/\(volume)/action", ["os-set_image_metadata": ["metadata": world.specs]])
        request["id"] = volume.rawValue
        request.json = ["os-unset_image_metadata": ["key": "key0"]]
    }
}

private func addSnapshots(_ survey: inout StorageSurvey) {
    survey.both("GET", "/snapshots")
    survey.both("GET", "/snapshots/detail") { $1.query = "with_count=true" }
    survey.both("POST", "/snapshots") {
        $1.json = ["snapshot": ["volume_id": .string($0.volume.rawValue), "metadata": $0.specs]]
    }
    for rest in ["", "/metadata"] {
        survey.both("GET", "/snapshots/{id}\(rest)") { $1["id"] = $0.snapshot.rawValue }
    }
    survey.both("PUT", "/snapshots/{id}") {
        $1["id"] = $0.snapshot.rawValue
        $1.json = ["snapshot": ["name": "new"]]
    }
    survey.both("DELETE", "/snapshots/{id}") { $1["id"] = try await $0.fullSnapshot(of: $0.volume).rawValue }
    survey.both("POST", "/snapshots/{id}/action os-reset_status") {
        $1["id"] = $0.snapshot.rawValue
        $1.json = ["os-reset_status": ["status": "available"]]
    }
    survey.both("POST", "/snapshots/{id}/action os-force_delete") {
        $1["id"] = try await $0.fullSnapshot(of: $0.volume).rawValue
        $1.json = ["os-force_delete": [:]]
    }
    survey.both("POST", "/snapshots/{id}/action os-update_snapshot_status") {
        $1["id"] = try await $0.fullSnapshot(of: $0.volume, .creating).rawValue
        $1.json = ["os-update_snapshot_status": ["status": "available", "progress": "80%"]]
    }
    for path in ["volumes", "snapshots"] {
        for method in ["POST", "PUT"] {
            survey.both(method, "/\(path)/{id}/metadata") {
                $1["id"] = path == "volumes" ? $0.volume.rawValue : $0.snapshot.rawValue
                $1.json = ["metadata": $0.specs]
            }
        }
        for method in ["GET", "PUT", "DELETE"] {
            survey.both(method, "/\(path)/{id}/metadata/{key}") { world, request in
                request["id"] =
                    path == "volumes"
                    ? try await world.full(.available).rawValue
                    : try await world.fullSnapshot(of: world.volume).rawValue
                request["key"] = "key0"
                if method == "PUT" { request.json = ["meta": ["key0": "new"]] }
            }
        }
    }
}

private func addAttachments(_ survey: inout StorageSurvey) {
    survey.both("GET", "/attachments")
    survey.both("GET", "/attachments/detail")
    survey.both("GET", "/attachments/{id}") { $1["id"] = $0.attachment.rawValue }
    survey.both("POST", "/attachments") { world, request in
        request.json = [
            "attachment": [
                "volume_uuid": .string(try await world.full(.available).rawValue),
                "instance_uuid": .string(world.ids.uuid()),
            ]
        ]
    }
    survey.both("DELETE", "/attachments/{id}") { world, request in
        request.token = SampleAuthenticator.service
        if request.path.contains("project_id") { request["project_id"] = "services" }
        request["id"] = try await world.attach(try await world.full(.inUse), .reserved).rawValue
    }
    survey.both("POST", "/attachments/{id}/action os-complete") { world, request in
        request["id"] = try await world.attach(try await world.full(.inUse), .attaching).rawValue
        request.json = ["os-complete": nil]
    }
    for path in ["/os-volume-transfer", "/volume-transfers"] {
        survey.both("GET", path)
        survey.both("GET", "\(path)/detail")
        survey.both("GET", "\(path)/{id}") { $1["id"] = $0.transfer }
        survey.both("POST", path) { world, request in
            let volume = try await world.full(.available, snapshots: true)
            request.json = ["transfer": ["volume_id": .string(volume.rawValue)]]
        }
        survey.both("DELETE", "\(path)/{id}") { $1["id"] = try await $0.offer().id }
        survey.both("POST", "\(path)/{id}/accept") { world, request in
            let offer = try await world.offer()
            request["id"] = offer.id
            request.json = ["accept": ["auth_key": .string(offer.key)]]
        }
    }
}

private func addTypes(_ survey: inout StorageSurvey) {
    survey.both("GET", "/types")
    survey.both("POST", "/types") {
        $1.json = ["volume_type": ["name": .string($0.ids.uuid()), "extra_specs": $0.specs]]
    }
    survey.both("GET", "/types/{id}") { $1["id"] = $0.type }
    survey.both("GET", "/types/{id}/encryption") { $1["id"] = $0.type }
    survey.both("GET", "/types/{id}/extra_specs") { $1["id"] = $0.type }
    survey.both("PUT", "/types/{id}") {
        $1["id"] = $0.type
        $1.json = ["volume_type": ["description": "new"]]
    }
    survey.both("DELETE", "/types/{id}") { world, request in
        request["id"] = try await world.make("types", "volume_type", ["name": .string(world.ids.uuid())])
    }
    survey.both("POST", "/types/{id}/extra_specs") {
        $1["id"] = $0.type
        $1.json = ["extra_specs": $0.specs]
    }
    for method in ["GET", "PUT", "DELETE"] {
        survey.both(method, "/types/{id}/extra_specs/{key}") { world, request in
            request["id"] = try await world.make(
                "types", "volume_type", ["name": .string(world.ids.uuid()), "extra_specs": world.specs])
            request["key"] = "key0"
            if method == "PUT" { request.json = ["key0": "new"] }
        }
    }
    survey.both("GET", "/types/{id}/os-volume-type-access") { $1["id"] = $0.privateType }
    survey.both("POST", "/types/{id}/action addProjectAccess") {
        $1["id"] = $0.privateType
        $1.json = ["addProjectAccess": ["project": .string($0.ids.uuid())]]
    }
    survey.both("POST", "/types/{id}/action removeProjectAccess") { world, request in
        let project = world.ids.uuid()
        try await world.addAccess(project)
        request["id"] = world.privateType
        request.json = ["removeProjectAccess": ["project": .string(project)]]
    }
}

private func addOthers(_ survey: inout StorageSurvey) {
    survey.both("GET", "/os-quota-sets/{target}") {
        $1["target"] = "p"
        $1.query = "usage=true"
    }
    survey.both("GET", "/os-quota-sets/{target}/defaults") { $1["target"] = "p" }
    survey.both("GET", "/os-quota-class-sets/{target}") { $1["target"] = "default" }
    for (path, member) in [("os-quota-sets", "quota_set"), ("os-quota-class-sets", "quota_class_set")] {
        survey.both("PUT", "/\(path)/{target}") { world, request in
            let limits = QuotaResource.allCases.prefix(world.size).map { ($0.rawValue, -1 as JSONValue) }
            request["target"] = path == "os-quota-sets" ? "other" : "default"
            request.json = [member: .object(Dictionary(limits, uniquingKeysWith: { first, _ in first }))]
        }
    }
    survey.both("DELETE", "/os-quota-sets/{target}") { $1["target"] = "other" }
    for path in [
        "/limits", "/os-availability-zone", "/os-services", "/scheduler-stats/get_pools", "/extensions", "/os-hosts",
    ] {
        survey.both("GET", path)
    }
    survey.both("GET", "/messages")
    survey.both("GET", "/messages/{id}") { $1["id"] = try await $0.message() }
    survey.both("DELETE", "/messages/{id}") { $1["id"] = try await $0.message() }
    survey.both("GET", "/extensions/{alias}") { $1["alias"] = "os-hosts" }
    survey.both("GET", "/os-hosts/{name}") { $1["name"] = "h" }
    survey.both("GET", "/capabilities/{name}") { $1["name"] = "h@file" }
    survey.both("PUT", "/os-services/{action}") {
        $1["action"] = "disable"
        $1.json = ["host": "h", "binary": "cinder-scheduler"]
        $1.status = 400
    }
    for part in [
        "backups", "groups", "group_types", "group_snapshots", "consistencygroups", "cgsnapshots", "qos-specs",
        "clusters", "workers", "os-volume-manage", "os-snapshot-manage", "manageable_volumes",
        "manageable_snapshots", "default-types", "resource_filters",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            survey.both(method, "/\(part)") { $1.status = 400 }
            survey.both(method, "/\(part)/{rest*}") { $1.status = 400 }
        }
    }
}
