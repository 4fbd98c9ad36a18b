import Core
import WebAPI

/// The network service's security groups in Nova's old form.
struct SecurityGroupsView: Sendable {
    private let env: ComputeEnvironment
    private let context: RequestContext

    init(_ environment: ComputeEnvironment, _ context: RequestContext) {
        env = environment
        self.context = context
    }

    func list(_ groups: [JSONValue]) async throws -> APIResponse {
        let names = try await names(groups)
        return .json { json in
            json.object {
                $0.field("security_groups") { $0.array(groups) { Self.write(&$0, $1, names) } }
            }
        }
    }

    func one(_ group: JSONValue) async throws -> APIResponse {
        let names = try await names([group])
        return .json { json in json.object { $0.field("security_group") { Self.write(&$0, group, names) } } }
    }

    func rule(_ rule: JSONValue) async throws -> APIResponse {
        let names = try await names([["security_group_rules": [rule]]])
        return .json { json in json.object { $0.field("security_group_rule") { Self.write(&$0, rule: rule, names) } } }
    }

    /// The names of the groups that rules refer to.
    private func names(_ groups: [JSONValue]) async throws -> [String: (name: String, project: String)] {
        let rules = groups.flatMap { $0["security_group_rules"]?.array ?? [] }
        let ids = Set(rules.compactMap { $0["remote_group_id"]?.string })
        guard !ids.isEmpty else { return [:] }
        let found = try await env.networks.securityGroups(ids.sorted().map { ("id", $0) }, context)
        return found.reduce(into: [:]) { all, group in
            guard let id = group["id"]?.string else { return }
            all[id] = (group["name"]?.string ?? id, group["project_id"]?.string ?? "")
        }
    }

    private static func write(
        _ json: inout JSONWriter, _ group: JSONValue, _ names: [String: (name: String, project: String)]
    ) {
        let rules = (group["security_group_rules"]?.array ?? []).filter {
            $0["direction"]?.string == "ingress" && $0["ethertype"]?.string?.lowercased() != "ipv6"
                || $0["direction"]?.string == "ingress" && $0["remote_ip_prefix"]?.string != nil
        }
        json.object { json in
            json.field("id", group["id"]?.string)
            json.field("name", group["name"]?.string)
            json.field("description", group["description"]?.string ?? "")
            json.field("tenant_id", group["project_id"]?.string ?? group["tenant_id"]?.string)
            json.field("rules") { $0.array(rules) { write(&$0, rule: $1, names) } }
        }
    }

    private static func write(
        _ json: inout JSONWriter, rule: JSONValue, _ names: [String: (name: String, project: String)]
    ) {
        let remote = rule["remote_group_id"]?.string
        json.object { json in
            json.field("id", rule["id"]?.string)
            json.field("parent_group_id", rule["security_group_id"]?.string)
            json.field("ip_protocol", rule["protocol"]?.string)
            // All of a protocol is -1 to -1 for ICMP, and every port otherwise.
            let isAny = rule["port_range_min"]?.int == nil && rule["port_range_max"]?.int == nil
            let name = rule["protocol"]?.string?.lowercased()
            let lowest = isAny && (name == "tcp" || name == "udp") ? 1 : -1
            let highest = isAny && (name == "tcp" || name == "udp") ? 65_535 : -1
            json.field("from_port", isAny && name == nil ? nil : rule["port_range_min"]?.int ?? lowest)
            json.field("to_port", isAny && name == nil ? nil : rule["port_range_max"]?.int ?? highest)
            json.field("group") {
                $0.object { json in
                    guard let remote, let group = names[remote] else { return }
                    json.field("name", group.name)
                    json.field("tenant_id", group.project)
                }
            }
            json.field("ip_range") {
                $0.object { json in
                    guard remote == nil else { return }
                    json.field("cidr", rule["remote_ip_prefix"]?.string ?? "0.0.0.0/0")
                }
            }
        }
    }
}
