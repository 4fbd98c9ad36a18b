import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/os-quota-sets` and `/os-quota-class-sets`.
struct QuotasController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    private static let fileResources: Set<String> = [
        "injected_files", "injected_file_content_bytes", "injected_file_path_bytes",
    ]
    /// Those of the network service, shown until 2.35 for clients of old.
    private static let networkDefaults = [
        ("fixed_ips", -1), ("floating_ips", -1), ("security_groups", -1), ("security_group_rules", -1),
    ]

    private static let schema: JSONSchema = JSONSchema([
        "type": "object",
        "properties": [
            "quota_set": [
                "type": "object", "additionalProperties": false,
                "properties": .object(
                    Dictionary(
                        [
                            "instances", "cores", "ram", "metadata_items", "injected_files",
                            "injected_file_content_bytes",
                            "injected_file_path_bytes", "key_pairs", "server_groups", "server_group_members",
                            "fixed_ips", "floating_ips", "security_groups", "security_group_rules", "networks",
                        ].map {
                            ($0, ["type": ["integer", "string"], "pattern": "^-?[0-9]+$", "minimum": -1] as JSONValue)
                        } + [("force", ["enum": [true, false, "true", "false", "True", "False"]])],
                        uniquingKeysWith: { first, _ in first })),
            ]
        ],
        "required": ["quota_set"], "additionalProperties": false,
    ])

    var operations: [Operation] {
        [
            Operation(.get, "/os-quota-sets/{project}") { [self] request in
                let project = try target(request, ComputePolicy.quotaShow)
                return answer(try await limits(project), request, id: project)
            },
            Operation(.get, "/os-quota-sets/{project}/defaults", policy: ComputePolicy.quotaDefaults) {
                [self] request in
                answer(defaults, request, id: ProjectID(try request.parameter("project")))
            },
            Operation(.get, "/os-quota-sets/{project}/detail") { [self] in try await detail($0) },
            Operation(.put, "/os-quota-sets/{project}", body: Self.schema) { [self] in try await update($0) },
            Operation(.delete, "/os-quota-sets/{project}", success: .accepted) { [self] request in
                let project = try target(request, ComputePolicy.quotaDelete)
                try await QuotaStore.resetLimits(of: project, in: env.database)
                return .empty()
            },
            Operation(.get, "/os-quota-class-sets/{name}", policy: ComputePolicy.quotaClassShow) { [self] request in
                answer(
                    defaults, request, id: ProjectID(try request.parameter("name")), member: "quota_class_set")
            },
            Operation(.put, "/os-quota-class-sets/{name}", policy: ComputePolicy.quotaUpdate) { _ in
                throw ServiceError(
                    .badRequest, "Default quotas are set in compute-api's configuration, group [quota].")
            },
        ]
    }

    private var defaults: [String: Int] {
        Dictionary(env.quotas.defaults, uniquingKeysWith: { first, _ in first })
    }

    private func limits(_ project: ProjectID) async throws -> [String: Int] {
        defaults.merging(try await QuotaStore.limits(of: project, in: env.database)) { _, set in set }
    }

    private func target(_ request: APIRequest, _ rule: PolicyRule) throws -> ProjectID {
        let project = ProjectID(try request.parameter("project"))
        try request.authorize(rule, target: ["project_id": project.rawValue])
        return project
    }

    /// The resources that a version shows.
    private func shown(_ version: Microversion) -> [String] {
        let own = env.quotas.defaults.map(\.0).filter { version < "2.57" || !Self.fileResources.contains($0) }
        return own + (version < "2.36" ? Self.networkDefaults.map(\.0) : [])
    }

    private func answer(
        _ limits: [String: Int], _ request: APIRequest, id: ProjectID?, member: String = "quota_set"
    ) -> APIResponse {
        .json { json in
            json.object {
                $0.field(member) {
                    $0.object { json in
                        if let id { json.field("id", id) }
                        for name in shown(request.version) { json.field(name, limits[name] ?? -1) }
                    }
                }
            }
        }
    }

    private func detail(_ request: APIRequest) async throws -> APIResponse {
        let project = try target(request, ComputePolicy.quotaDetail)
        let limits = try await limits(project)
        let usage = try await QuotaStore.usage(of: project, in: env.database)
        let used = [
            "instances": usage.servers, "cores": usage.vcpus, "ram": usage.memoryMiB,
            "server_groups": try await ServerGroupStore.count(of: project, in: env.database),
        ]
        return .json { json in
            json.object {
                $0.field("quota_set") {
                    $0.object { json in
                        json.field("id", project)
                        for name in shown(request.version) {
                            json.field(name) {
                                $0.object {
                                    $0.field("limit", limits[name] ?? -1)
                                    $0.field("in_use", used[name] ?? 0)
                                    $0.field("reserved", 0)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func update(_ request: APIRequest) async throws -> APIResponse {
        let project = try target(request, ComputePolicy.quotaUpdate)
        let body = request.body["quota_set"]?.object ?? [:]
        let isForced = ServerPlanner.bool(body["force"])
        let known = Set(env.quotas.defaults.map(\.0))
        let wanted = body.filter { known.contains($0.key) }.compactMapValues { ServerPlanner.integer($0) }
        if !isForced {
            let usage = try await QuotaStore.usage(of: project, in: env.database)
            let used = ["instances": usage.servers, "cores": usage.vcpus, "ram": usage.memoryMiB]
            for (name, limit) in wanted where limit >= 0 && limit < used[name] ?? 0 {
                throw ServiceError(
                    .badRequest,
                    "Quota limit \(limit) for \(name) must be greater than or equal to already used and reserved \(used[name] ?? 0)."
                )
            }
        }
        try await QuotaStore.setLimits(wanted, of: project, in: env.database)
        return answer(try await limits(project), request, id: nil)
    }
}
