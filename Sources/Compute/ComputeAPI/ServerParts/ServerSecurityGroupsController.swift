import ComputeModel
import Core
import HTTPTypes
import WebAPI

/// Security groups of a server: the groups of all its ports.
struct ServerSecurityGroupsController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(
                .post, "/servers/{id}/action", action: "addSecurityGroup", success: .accepted
            ) { [self] request in
                try await change(request, "addSecurityGroup", ComputePolicy.securityGroupsAdd) { groups, id in
                    groups.contains(id) ? nil : groups + [id]
                }
            },
            Operation(
                .post, "/servers/{id}/action", action: "removeSecurityGroup", success: .accepted
            ) { [self] request in
                try await change(request, "removeSecurityGroup", ComputePolicy.securityGroupsRemove) { groups, id in
                    groups.contains(id) ? groups.filter { $0 != id } : nil
                }
            },
            Operation(.get, "/servers/{id}/os-security-groups") { [self] request in
                let server = try await env.server(request, ComputePolicy.securityGroupsList)
                let ports = try await env.networks.ports(of: [server.id], request.context)
                let ids = Set(ports.flatMap { $0["security_groups"]?.array ?? [] }.compactMap(\.string))
                let groups =
                    ids.isEmpty
                    ? [] : try await env.networks.securityGroups(ids.sorted().map { ("id", $0) }, request.context)
                return try await SecurityGroupsView(env, request.context).list(groups)
            },
        ]
    }

    /// - Parameter edit: the groups of a port after the change; nil when it changes nothing.
    private func change(
        _ request: APIRequest, _ action: String, _ rule: PolicyRule,
        _ edit: @Sendable ([String], String) -> [String]?
    ) async throws -> APIResponse {
        let server = try await env.server(request, rule)
        guard let name = request.actionBody(action)["name"]?.string, !name.isEmpty else {
            throw ServiceError(
                .badRequest, "Invalid input for field/attribute \(action). 'name' is a required property")
        }
        let id: String
        do {
            id = try await env.networks.securityGroupID(name, of: server.project, request.context)
        } catch let error as ServiceError where error.code == .badRequest {
            throw ServiceError(.notFound, error.message, cause: error)
        }
        let ports = try await env.networks.ports(of: [server.id], request.context)
        guard !ports.isEmpty else {
            throw ServiceError(.badRequest, "instance_id \(server.id) could not be found as device id on any ports")
        }
        var changed = false
        for port in ports {
            let groups = (port["security_groups"]?.array ?? []).compactMap(\.string)
            guard let portID = port["id"]?.string, let after = edit(groups, id) else { continue }
            _ = try await env.networks.updatePort(
                portID, ["security_groups": .array(after.map { .string($0) })], request.context)
            changed = true
        }
        guard changed || action == "addSecurityGroup" else {
            throw ServiceError(
                .notFound, "Security group \(id) not associated with the instance \(server.id)")
        }
        return .empty()
    }
}
