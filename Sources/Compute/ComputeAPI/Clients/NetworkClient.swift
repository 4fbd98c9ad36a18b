import ComputeModel
import Core
package import IdentityClient

/// What compute asks of the network service. Answers are its own JSON: few members are looked at.
package struct NetworkClient: Sendable {
    private let session: ServiceSession

    package init(_ session: ServiceSession) { self.session = session }

    private func find(_ path: String, _ member: String, _ context: RequestContext) async throws -> JSONValue? {
        let answer = try await session.request(.get, path, context: context, accepting: [404])
        return answer.status == 404 ? nil : answer.json[member]
    }

    func list(
        _ collection: String, _ query: [(String, String)], _ context: RequestContext
    ) async throws -> [JSONValue] {
        let member = collection.map { $0 == "-" ? "_" : $0 }
        return try await session.request(.get, "/v2.0/\(collection)", query: query, context: context)
            .json[String(member)]?.array ?? []
    }

    func network(_ id: String, _ context: RequestContext) async throws -> JSONValue? {
        try await find("/v2.0/networks/\(id)", "network", context)
    }

    /// The networks that a server of the project goes to when it names none.
    func usable(by project: ProjectID, _ context: RequestContext) async throws -> [JSONValue] {
        let own = try await list("networks", [("project_id", project.rawValue), ("shared", "false")], context)
        let shared = try await list("networks", [("shared", "true")], context)
        return (own + shared).filter {
            $0["router:external"]?.bool != true && $0["admin_state_up"]?.bool != false
        }
    }

    func port(_ id: String, _ context: RequestContext) async throws -> JSONValue? {
        try await find("/v2.0/ports/\(id)", "port", context)
    }

    func ports(of servers: [ServerID], _ context: RequestContext) async throws -> [JSONValue] {
        guard !servers.isEmpty else { return [] }
        return try await list("ports", servers.map { ("device_id", $0.rawValue) }, context)
    }

    func createPort(_ port: [String: JSONValue], _ context: RequestContext) async throws -> JSONValue {
        let answer = try await session.request(
            .post, "/v2.0/ports", json: ["port": .object(port)], context: context)
        return answer.json["port"] ?? .null
    }

    func updatePort(_ id: String, _ change: [String: JSONValue], _ context: RequestContext) async throws -> JSONValue {
        let answer = try await session.request(
            .put, "/v2.0/ports/\(id)", json: ["port": .object(change)], context: context)
        return answer.json["port"] ?? .null
    }

    func deletePort(_ id: String, _ context: RequestContext) async throws {
        _ = try await session.request(.delete, "/v2.0/ports/\(id)", context: context, accepting: [404])
    }

    // MARK: Security groups

    func securityGroups(_ query: [(String, String)], _ context: RequestContext) async throws -> [JSONValue] {
        try await list("security-groups", query, context)
    }

    func securityGroup(_ id: String, _ context: RequestContext) async throws -> JSONValue? {
        try await find("/v2.0/security-groups/\(id)", "security_group", context)
    }

    func send(
        _ method: ServiceMethod, _ path: String, _ body: JSONValue?, _ context: RequestContext
    ) async throws -> JSONValue {
        try await session.request(method, path, json: body, context: context).json
    }

    /// The id of a project's security group by its name or id.
    /// - Throws: `.badRequest` in Nova's words.
    func securityGroupID(_ name: String, of project: ProjectID, _ context: RequestContext) async throws -> String {
        let groups = try await securityGroups([("project_id", project.rawValue)], context)
        let matching = groups.filter { $0["id"]?.string == name || $0["name"]?.string == name }
        guard let id = matching.first?["id"]?.string else {
            throw ServiceError(.badRequest, "Security group \(name) not found for project \(project).")
        }
        guard matching.count == 1 || matching.contains(where: { $0["id"]?.string == name }) else {
            throw ServiceError(
                .conflict, "Multiple security groups found matching '\(name)'. Use an ID to be more specific.")
        }
        return id
    }
}
