import ComputeStore
import Core
import HTTPTypes
import WebAPI

/// `/limits`: what the project may have and has.
struct LimitsController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [Operation(.get, "/limits", policy: ComputePolicy.limits) { [self] in try await limits($0) }]
    }

    private func limits(_ request: APIRequest) async throws -> APIResponse {
        var project = try request.owner().project
        if let other = request.query.last("tenant_id"), other != project.rawValue {
            try request.authorize(ComputePolicy.limitsOther)
            project = ProjectID(other)
        }
        let set = try await QuotaStore.limits(of: project, in: env.database)
        let usage = try await QuotaStore.usage(of: project, in: env.database)
        let groups = try await ServerGroupStore.count(of: project, in: env.database)
        let version = request.version
        func limit(_ name: String) -> Int { set[name] ?? env.quotas.value(name) }
        return .json { json in
            json.object {
                $0.field("limits") {
                    $0.object { json in
                        json.field("rate") { $0.array { _ in } }
                        json.field("absolute") {
                            $0.object { json in
                                json.field("maxTotalInstances", limit("instances"))
                                json.field("maxTotalCores", limit("cores"))
                                json.field("maxTotalRAMSize", limit("ram"))
                                json.field("maxServerMeta", limit("metadata_items"))
                                json.field("maxTotalKeypairs", limit("key_pairs"))
                                json.field("maxServerGroups", limit("server_groups"))
                                json.field("maxServerGroupMembers", limit("server_group_members"))
                                json.field("totalInstancesUsed", usage.servers)
                                json.field("totalCoresUsed", usage.vcpus)
                                json.field("totalRAMUsed", usage.memoryMiB)
                                json.field("totalServerGroupsUsed", groups)
                                if version < "2.39" { json.field("maxImageMeta", limit("metadata_items")) }
                                if version < "2.36" {
                                    json.field("maxSecurityGroups", -1)
                                    json.field("maxSecurityGroupRules", -1)
                                    json.field("maxTotalFloatingIps", -1)
                                    json.field("totalFloatingIpsUsed", 0)
                                    json.field("totalSecurityGroupsUsed", 0)
                                }
                                if version < "2.57" {
                                    json.field("maxPersonality", limit("injected_files"))
                                    json.field("maxPersonalitySize", limit("injected_file_content_bytes"))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
