import Core
import HTTPTypes
import IdentityClient
import WebAPI

/// `/os-security-groups` and `/os-security-group-rules`, passed on to the network service. Gone since 2.36.
struct SecurityGroupsController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    private static let text: JSONValue = ["type": ["string", "null"], "maxLength": 255]
    private static let schema: JSONSchema = JSONSchema([
        "type": "object",
        "properties": [
            "security_group": [
                "type": "object",
                "properties": ["name": ["type": "string", "minLength": 1, "maxLength": 255], "description": text],
                "required": ["name"],
            ]
        ],
        "required": ["security_group"],
    ])

    var operations: [Operation] {
        [
            old(.get, "/os-security-groups") { [self] request in
                let project = try request.owner().project
                try request.authorize(ComputePolicy.groupsGet)
                let isAll = request.query.has("all_tenants") && request.isAdmin
                let groups = try await env.networks.securityGroups(
                    isAll ? [] : [("project_id", project.rawValue)], request.context)
                return try await SecurityGroupsView(env, request.context).list(groups)
            },
            old(.post, "/os-security-groups", body: Self.schema) { [self] request in
                let project = try request.owner().project
                try request.authorize(ComputePolicy.groupsCreate)
                let body = request.body["security_group"] ?? .null
                let answer = try await env.networks.send(
                    .post, "/v2.0/security-groups",
                    [
                        "security_group": [
                            "name": .string(body["name"]?.string ?? ""),
                            "description": .string(body["description"]?.string ?? ""),
                            "project_id": .string(project.rawValue),
                        ]
                    ], request.context)
                return try await SecurityGroupsView(env, request.context).one(answer["security_group"] ?? .null)
            },
            old(.get, "/os-security-groups/{id}") { [self] request in
                let group = try await find(request, ComputePolicy.groupsShow)
                return try await SecurityGroupsView(env, request.context).one(group)
            },
            old(.put, "/os-security-groups/{id}", body: Self.schema) { [self] request in
                let group = try await find(request, ComputePolicy.groupsUpdate)
                let body = request.body["security_group"] ?? .null
                let answer = try await env.networks.send(
                    .put, "/v2.0/security-groups/\(group["id"]?.string ?? "")",
                    [
                        "security_group": [
                            "name": .string(body["name"]?.string ?? ""),
                            "description": .string(body["description"]?.string ?? ""),
                        ]
                    ], request.context)
                return try await SecurityGroupsView(env, request.context).one(answer["security_group"] ?? .null)
            },
            old(.delete, "/os-security-groups/{id}") { [self] request in
                let group = try await find(request, ComputePolicy.groupsDelete)
                do {
                    _ = try await env.networks.send(
                        .delete, "/v2.0/security-groups/\(group["id"]?.string ?? "")", nil, request.context)
                } catch let error as ServiceError where error.code == .conflict {
                    throw ServiceError(.badRequest, error.message, cause: error)
                }
                return .empty(.accepted)
            },
            old(.post, "/os-security-group-rules") { [self] in try await createRule($0) },
            old(.delete, "/os-security-group-rules/{id}") { [self] request in
                let id = try request.parameter("id")
                let rules = try await env.networks.list("security-group-rules", [("id", id)], request.context)
                guard let rule = rules.first, isOwn(rule, request) else {
                    throw ServiceError(.notFound, "Security group rule \(id) not found.")
                }
                try request.authorize(ComputePolicy.groupsRuleDelete)
                _ = try await env.networks.send(
                    .delete, "/v2.0/security-group-rules/\(id)", nil, request.context)
                return .empty(.accepted)
            },
        ]
    }

    private func old(
        _ method: HTTPRequest.Method, _ path: String, body: JSONSchema? = nil,
        _ handler: @escaping @Sendable (APIRequest) async throws -> APIResponse
    ) -> Operation {
        Operation(method, path, .until("2.35"), body: body, handler: handler)
    }

    private func isOwn(_ resource: JSONValue, _ request: APIRequest) -> Bool {
        request.isAdmin || resource["project_id"]?.string == request.context.projectID?.rawValue
    }

    private func find(_ request: APIRequest, _ rule: PolicyRule) async throws -> JSONValue {
        let id = try request.parameter("id")
        guard isUUIDLike(id) else {
            throw ServiceError(.badRequest, "Security group id is not uuid-like: \(id)")
        }
        guard let group = try await env.networks.securityGroup(id, request.context), isOwn(group, request) else {
            throw ServiceError(.notFound, "Security group \(id) not found.")
        }
        try request.authorize(rule, target: ["project_id": group["project_id"]?.string])
        return group
    }

    private func createRule(_ request: APIRequest) async throws -> APIResponse {
        let project = try request.owner().project
        try request.authorize(ComputePolicy.groupsRuleCreate)
        let body = request.body["security_group_rule"] ?? .null
        let parent = body["parent_group_id"]?.string ?? ""
        guard isUUIDLike(parent), let group = try await env.networks.securityGroup(parent, request.context),
            isOwn(group, request)
        else { throw ServiceError(.notFound, "Security group \(parent) not found.") }
        var rule: [String: JSONValue] = [
            "security_group_id": .string(parent), "direction": "ingress", "project_id": .string(project.rawValue),
        ]
        let name = body["ip_protocol"]?.string?.lowercased()
        if let name { rule["protocol"] = .string(name) }
        let (low, high) = (ServerPlanner.integer(body["from_port"]), ServerPlanner.integer(body["to_port"]))
        if let low, low >= 0 { rule["port_range_min"] = .integer(Int64(low)) }
        if let high, high >= 0 { rule["port_range_max"] = .integer(Int64(high)) }
        if name != nil, name != "icmp", (low == nil) != (high == nil) {
            throw ServiceError(.badRequest, "Invalid port range \(low ?? -1):\(high ?? -1).")
        }
        if let remote = body["group_id"]?.string {
            rule["remote_group_id"] = .string(remote)
            rule["ethertype"] = "IPv4"
        } else {
            let cidr = body["cidr"]?.string ?? "0.0.0.0/0"
            rule["remote_ip_prefix"] = .string(cidr)
            rule["ethertype"] = cidr.contains(":") ? "IPv6" : "IPv4"
        }
        let answer = try await env.networks.send(
            .post, "/v2.0/security-group-rules", ["security_group_rule": .object(rule)], request.context)
        return try await SecurityGroupsView(env, request.context).rule(answer["security_group_rule"] ?? .null)
    }
}
