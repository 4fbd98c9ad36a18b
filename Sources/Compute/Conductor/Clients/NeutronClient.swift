import ComputeModel
package import Core
package import IdentityClient

/// The network service over the Networking API v2.0: ours, or a Neutron.
package struct NeutronClient: NetworkClient {
    private let session: ServiceSession

    package init(identity: IdentityClient) {
        session = ServiceSession(identity: identity, service: "network")
    }

    package func ensurePort(
        _ request: PortRequest, taken: Set<PortID>, _ context: RequestContext
    ) async throws -> BoundPort {
        let port: JSONValue
        if let given = request.port {
            port = try await bind(given, request, context)
        } else if let earlier = try await portOfEarlierTry(request, taken, context) {
            port = try await bind(earlier, request, context)
        } else {
            port = try await create(request, context)
        }
        guard let bound = try await describe([port], context).first else { throw Self.unreadable }
        return bound
    }

    package func deletePort(_ port: PortID, _ context: RequestContext) async throws {
        _ = try await session.request(.delete, "/v2.0/ports/\(port)", context: context, accepting: [404])
    }

    package func unbindPort(_ port: PortID, _ context: RequestContext) async throws {
        _ = try await session.request(
            .put, "/v2.0/ports/\(port)",
            json: ["port": ["device_id": "", "device_owner": "", "binding:host_id": ""]], context: context,
            accepting: [404])
    }

    package func interfaces(of server: ServerID, _ context: RequestContext) async throws -> [BoundPort] {
        try await describe(try await list("ports", [("device_id", server.rawValue)], context), context)
    }

    // MARK: Ports

    private func create(_ request: PortRequest, _ context: RequestContext) async throws -> JSONValue {
        guard let network = request.network else {
            throw ServiceError(.badRequest, "An interface needs a network or a port.")
        }
        var port: [String: JSONValue] = [
            "network_id": .string(network.rawValue), "tenant_id": .string(request.project.rawValue),
            "admin_state_up": true, "device_id": .string(request.server.rawValue),
            "device_owner": .string("compute:\(request.zone)"), "binding:host_id": .string(request.host),
        ]
        if let address = request.fixedIP { port["fixed_ips"] = [["ip_address": .string(address)]] }
        if !request.securityGroups.isEmpty {
            port["security_groups"] = .array(try await securityGroupIDs(request, context).map { .string($0) })
        }
        let answer = try await session.request(.post, "/v2.0/ports", json: ["port": .object(port)], context: context)
        return answer.json["port"] ?? .null
    }

    private func bind(_ port: PortID, _ request: PortRequest, _ context: RequestContext) async throws -> JSONValue {
        let answer = try await session.request(
            .put, "/v2.0/ports/\(port)",
            json: [
                "port": [
                    "device_id": .string(request.server.rawValue),
                    "device_owner": .string("compute:\(request.zone)"), "binding:host_id": .string(request.host),
                ]
            ], context: context)
        return answer.json["port"] ?? .null
    }

    private func portOfEarlierTry(
        _ request: PortRequest, _ taken: Set<PortID>, _ context: RequestContext
    ) async throws -> PortID? {
        guard let network = request.network else { return nil }
        let query = [("device_id", request.server.rawValue), ("network_id", network.rawValue)]
        let ports = try await list("ports", query, context).filter { port in
            guard let address = request.fixedIP else { return true }
            return port["fixed_ips"]?.array?.contains { $0["ip_address"]?.string == address } ?? false
        }
        return ports.compactMap { $0["id"]?.string }.map { PortID($0) }.sorted().first { !taken.contains($0) }
    }

    private func securityGroupIDs(_ request: PortRequest, _ context: RequestContext) async throws -> [String] {
        let groups = try await list("security-groups", [("project_id", request.project.rawValue)], context)
        return try request.securityGroups.map { wanted in
            let ids = groups.filter { $0["id"]?.string == wanted || $0["name"]?.string == wanted }
                .compactMap { $0["id"]?.string }
            if ids.count > 1, ids.contains(wanted) { return wanted }
            guard ids.count <= 1 else {
                throw ServiceError(
                    .conflict, "Multiple security groups found matching '\(wanted)'. Use an ID to be more specific.")
            }
            guard let id = ids.first else {
                throw ServiceError(
                    .badRequest, "Security group \(wanted) not found for project \(request.project).")
            }
            return id
        }
    }

    // MARK: Description

    /// Ports with their networks, subnets and floating addresses: one request for each kind, however
    /// many ports there are.
    private func describe(_ ports: [JSONValue], _ context: RequestContext) async throws -> [BoundPort] {
        guard !ports.isEmpty else { return [] }
        let networks = try await byID("networks", Set(ports.compactMap { $0["network_id"]?.string }), context)
        let subnetIDs = ports.flatMap { $0["fixed_ips"]?.array ?? [] }.compactMap { $0["subnet_id"]?.string }
        let subnets = try await byID("subnets", Set(subnetIDs), context)
        let floating = try await list(
            "floatingips", ports.compactMap { $0["id"]?.string }.map { ("port_id", $0) }, context)
        return try ports.map { try PortDescription($0, networks, subnets, floating).bound() }
    }

    private func byID(
        _ collection: String, _ ids: Set<String>, _ context: RequestContext
    ) async throws -> [String: JSONValue] {
        guard !ids.isEmpty else { return [:] }
        let found = try await list(collection, ids.sorted().map { ("id", $0) }, context)
        return Dictionary(
            found.compactMap { item in item["id"]?.string.map { ($0, item) } }, uniquingKeysWith: { first, _ in first })
    }

    private func list(
        _ collection: String, _ query: [(String, String)], _ context: RequestContext
    ) async throws -> [JSONValue] {
        let answer = try await session.request(.get, "/v2.0/\(collection)", query: query, context: context)
        let member = collection.map { $0 == "-" ? "_" : String($0) }.joined()
        guard let items = answer.json[member]?.array else { throw Self.unreadable }
        return items
    }

    static let unreadable = ServiceError(.badGateway, "The network service's answer cannot be read.")
}
