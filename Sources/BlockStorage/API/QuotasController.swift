import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    var quotaOperations: [WebAPI.Operation] {
        var properties: [String: JSONValue] = ["tenant_id": Schemas.name, "force": Schemas.boolean]
        for resource in QuotaResource.allCases {
            properties[resource.rawValue] = [
                "type": ["string", "integer"], "pattern": "^-?[0-9]+$", "minimum": -1, "maximum": 2_147_483_647,
            ]
        }
        return [
            WebAPI.Operation(.get, "/os-quota-sets/{target}") { request in
                let project = try quotaProject(request, VolumePolicy.quotaShow)
                let quota = try await volumes.quotas.quota(project)
                return quotaAnswer(quota, id: project, usage: Text.bool(request.query.last("usage")) ?? false)
            },
            WebAPI.Operation(.get, "/os-quota-sets/{target}/defaults") { request in
                let project = try quotaProject(request, VolumePolicy.quotaShow)
                let limits = try await volumes.quotas.classLimits()
                return quotaAnswer(Quota(limits: limits, used: [:]), id: project, usage: false)
            },
            WebAPI.Operation(
                .put, "/os-quota-sets/{target}",
                body: Schemas.wrapped("quota_set", properties, allowsOthers: true)
            ) { try await updateQuota($0) },
            WebAPI.Operation(.delete, "/os-quota-sets/{target}") { request in
                try await volumes.quotas.reset(try quotaProject(request, VolumePolicy.quotaDelete))
                return .empty()
            },
            WebAPI.Operation(.get, "/os-quota-class-sets/{target}") { request in
                try request.authorize(VolumePolicy.quotaUpdate)
                return try await classAnswer(id: try request.parameter("target"))
            },
            WebAPI.Operation(
                .put, "/os-quota-class-sets/{target}",
                body: Schemas.wrapped("quota_class_set", properties, allowsOthers: true)
            ) { request in
                try request.authorize(VolumePolicy.quotaUpdate)
                guard try request.parameter("target") == "default" else {
                    throw ServiceError(.badRequest, "There is no quota class but default.")
                }
                try await volumes.quotas.set(
                    QuotaStore.defaultClass, try wantedLimits(request.body["quota_class_set"]))
                return try await classAnswer(id: nil)
            },
            WebAPI.Operation(.get, "/limits") { try await showLimits($0) },
        ]
    }

    private func quotaProject(_ request: APIRequest, _ rule: PolicyRule) throws -> ProjectID {
        let target = try request.parameter("target")
        try request.authorize(rule, target: ["project_id": target])
        return ID(target)
    }

    private func limits(_ json: inout JSONWriter, _ quota: Quota) {
        for resource in QuotaResource.allCases { json.field(resource.rawValue, quota.limit(resource)) }
    }

    private func quotaAnswer(_ quota: Quota, id: ProjectID?, usage: Bool) -> APIResponse {
        .json { json in
            json.object {
                $0.field("quota_set") {
                    $0.object {
                        if let id { $0.field("id", id) }
                        guard usage else { return limits(&$0, quota) }
                        for resource in QuotaResource.allCases {
                            $0.field(resource.rawValue) {
                                $0.object {
                                    $0.field("reserved", 0)
                                    $0.field("allocated", 0)
                                    $0.field("limit", quota.limit(resource))
                                    $0.field("in_use", quota.used(resource))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func classAnswer(id: String?) async throws -> APIResponse {
        let quota = Quota(limits: try await volumes.quotas.classLimits(), used: [:])
        return .json { json in
            json.object {
                $0.field("quota_class_set") {
                    $0.object {
                        if let id { $0.field("id", id) }
                        limits(&$0, quota)
                    }
                }
            }
        }
    }

    private func wantedLimits(_ body: JSONValue?) throws -> [QuotaResource: Int] {
        var wanted: [QuotaResource: Int] = [:]
        let others: Set<String> = ["tenant_id", "force", "id"]
        for (name, value) in body?.object ?? [:] where !others.contains(name) {
            guard let limit = value.int ?? value.string.flatMap({ Int($0) }) else { continue }
            // Limits of single types (`volumes_lvm`) are not kept: say so rather than drop them.
            let isOfType = ["volumes_", "gigabytes_", "snapshots_"].contains { name.hasPrefix($0) }
            if isOfType, limit == -1 { continue }
            guard let resource = QuotaResource(rawValue: name) else {
                throw ServiceError(.badRequest, "Bad key(s) in quota set: \(name)")
            }
            wanted[resource] = limit
        }
        return wanted
    }

    private func updateQuota(_ request: APIRequest) async throws -> APIResponse {
        let project = try quotaProject(request, VolumePolicy.quotaUpdate)
        let current = try await volumes.quotas.quota(project)
        let wanted = try wantedLimits(request.body["quota_set"])
        for (resource, limit) in wanted {
            if resource != .perVolumeGigabytes, limit != -1, limit < current.used(resource) {
                throw ServiceError(
                    .badRequest,
                    """
                    Quota \(resource.rawValue) limit must be equal or greater than existing resources. Current usage is \
                    \(current.used(resource)) and the requested limit is \(limit).
                    """)
            }
        }
        try await volumes.quotas.set(project, wanted)
        return quotaAnswer(try await volumes.quotas.quota(project), id: nil, usage: false)
    }

    private func showLimits(_ request: APIRequest) async throws -> APIResponse {
        var project = try request.project
        if request.isAdmin, request.version >= "3.39", let other = request.query.last("project_id") {
            project = ID(other)
        }
        try request.authorize(VolumePolicy.usedLimits, target: ["project_id": project.rawValue])
        let quota = try await volumes.quotas.quota(project)
        return .json { json in
            json.object {
                $0.field("limits") {
                    $0.object {
                        $0.field("rate", [] as JSONValue)
                        $0.field("absolute") {
                            $0.object {
                                $0.field("maxTotalVolumes", quota.limit(.volumes))
                                $0.field("maxTotalSnapshots", quota.limit(.snapshots))
                                $0.field("maxTotalVolumeGigabytes", quota.limit(.gigabytes))
                                $0.field("maxTotalBackups", quota.limit(.backups))
                                $0.field("maxTotalBackupGigabytes", quota.limit(.backupGigabytes))
                                $0.field("totalVolumesUsed", quota.used(.volumes))
                                $0.field("totalSnapshotsUsed", quota.used(.snapshots))
                                $0.field("totalGigabytesUsed", quota.used(.gigabytes))
                                $0.field("totalBackupsUsed", 0)
                                $0.field("totalBackupGigabytesUsed", 0)
                            }
                        }
                    }
                }
            }
        }
    }
}
