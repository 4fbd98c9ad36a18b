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
        try await list("ports", [], "device_id", anyOf: servers.map(\.rawValue), context)
    }

    /// Ids of the security groups on the ports of many servers, by server, in the ports' order.
    func securityGroupIDs(of servers: [ServerID], _ context: RequestContext) async throws -> [ServerID: [String]] {
        let ports = try await list(
            "ports", [("fields", "device_id"), ("fields", "security_groups")], "device_id",
            anyOf: servers.map(\.rawValue), context)
        return ports.reduce(into: [:]) { found, port in
            guard let server = port["device_id"]?.string.map({ ServerID($0) }) else { return }
            for id in (port["security_groups"]?.array ?? []).compactMap(\.string)
            where !found[server, default: []].contains(id) {
                found[server, default: []].append(id)
            }
        }
    }

    /// The members of a collection whose attribute is one of many values, a few requests at a time, since a URL has
    /// room for so many only.
    func list(
        _ collection: String, _ query: [(String, String)], _ attribute: String, anyOf values: [String],
        _ context: RequestContext
    ) async throws -> [JSONValue] {
        try await withThrowingTaskGroup(of: [JSONValue].self) { group in
            var pages = Self.pages(values).makeIterator()
            func ask() {
                guard let page = pages.next() else { return }
                group.addTask { try await list(collection, query + page.map { (attribute, $0) }, context) }
            }
            for _ in 0..<Self.requestsAtATime { ask() }
            var found: [JSONValue] = []
            for try await part in group {
                found += part
                ask()
            }
            return found
        }
    }

    /// So many UUIDs at a time that a URL stays below the 8 KiB that servers commonly take.
    static func pages(_ values: [String]) -> [ArraySlice<String>] {
        stride(from: 0, to: values.count, by: 150).map { values[$0..<min($0 + 150, values.count)] }
    }

    private static let requestsAtATime = 4

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
        try Self.securityGroupID(
            name, of: project, among: try await securityGroups([("project_id", project.rawValue)], context))
    }

    /// The same, of groups that are known already.
    static func securityGroupID(_ name: String, of project: ProjectID, among groups: [JSONValue]) throws -> String {
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
