import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/servers/{id}/os-interface`, and the actions that add and remove fixed addresses.
struct InterfacesController: Sendable {
    private let env: ComputeEnvironment
    private static let path = "/servers/{id}/os-interface"

    init(_ environment: ComputeEnvironment) { env = environment }

    private static func schema(at version: Microversion) -> JSONSchema {
        var properties: [String: JSONValue] = [
            "net_id": ["type": "string", "format": "uuid"], "port_id": ["type": "string", "format": "uuid"],
            "fixed_ips": [
                "type": "array", "minItems": 1, "maxItems": 1,
                "items": [
                    "type": "object", "properties": ["ip_address": ["type": "string", "format": "ip"]],
                    "required": ["ip_address"], "additionalProperties": false,
                ],
            ],
        ]
        if version >= "2.49" { properties["tag"] = ServerSchemas.tag }
        return JSONSchema([
            "type": "object",
            "properties": [
                "interfaceAttachment": [
                    "type": "object", "properties": .object(properties), "additionalProperties": false,
                ]
            ],
            "additionalProperties": false,
        ])
    }

    var operations: [Operation] {
        [
            Operation(.get, Self.path) { [self] request in
                let server = try await env.server(request, ComputePolicy.interfaceList)
                let ports = try await ports(of: server, request)
                let tags = try await tags(server)
                return .json { json in
                    json.object {
                        $0.field("interfaceAttachments") {
                            $0.array(ports) { Self.write(&$0, $1, tags, request.version) }
                        }
                    }
                }
            },
            Operation(.get, Self.path + "/{port}") { [self] request in
                let server = try await env.server(request, ComputePolicy.interfaceShow)
                let id = try request.parameter("port")
                guard let port = try await ports(of: server, request).first(where: { $0["id"]?.string == id }) else {
                    throw ServiceError(
                        .notFound, "Instance \(server.id) does not have a port with id \(id)")
                }
                return Self.answer(port, try await tags(server), request.version)
            },
            Operation(
                .post, Self.path,
                bodies: (["2.1", "2.49"] as [Microversion]).map { BodySchema(since: $0, Self.schema(at: $0)) }
            ) { [self] in try await attach($0) },
            Operation(.delete, Self.path + "/{port}", success: .accepted) { [self] in try await detach($0) },
            Operation(
                .post, "/servers/{id}/action", .until("2.43"), action: "addFixedIp", success: .accepted
            ) { [self] in try await addFixedIP($0) },
            Operation(
                .post, "/servers/{id}/action", .until("2.43"), action: "removeFixedIp", success: .accepted
            ) { [self] in try await removeFixedIP($0) },
        ]
    }

    private func ports(of server: Server, _ request: APIRequest) async throws -> [JSONValue] {
        try await env.networks.ports(of: [server.id], request.context)
    }

    private func tags(_ server: Server) async throws -> [String: String] {
        try await ServerInterfaceStore.list(of: server.id, in: env.database).reduce(into: [:]) {
            if let port = $1.port { $0[port.rawValue] = $1.tag }
        }
    }

    /// The port is made first, so that the answer can show it; the saga binds and plugs it.
    private func attach(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.interfaceCreate)
        let body = request.body["interfaceAttachment"] ?? .null
        guard body["net_id"] == nil || body["port_id"] == nil else {
            throw ServiceError(.badRequest, "Must not input both network_id and port_id")
        }
        guard body["fixed_ips"] == nil || body["net_id"] != nil else {
            throw ServiceError(.badRequest, "Must input network_id when request IP address")
        }
        guard let transition = ServerTransitions.of(.attachInterface),
            transition.allows(server.vmState, server.taskState)
        else {
            throw ServiceError(
                .conflict,
                "Cannot 'attach_interface' instance \(server.id) while it is in vm_state \(server.vmState.rawValue)")
        }
        let (port, isOurs) = try await port(for: server, body, request)
        let portID = port["id"]?.string ?? ""
        let now = env.clock.now()
        let id = env.ids.uuid()
        let tag = body["tag"]?.string
        let network = port["network_id"]?.string.map { NetworkID($0) }
        do {
            try await ServerActionStarter(env).start(.attachInterface, on: server.id, request) {
                _, begun, transaction in
                var row = ServerInterface(
                    id: id, server: server.id,
                    position: try ServerInterfaceStore.nextPosition(of: server.id, in: transaction))
                row.network = network
                row.port = PortID(portID)
                row.tag = tag
                row.isPortOurs = isOurs
                try ServerInterfaceStore.insert(row, at: now, in: transaction)
                return .init(
                    AttachInterfaceState.sagaName, AttachInterfaceState.sagaVersion,
                    AttachInterfaceState(server: begun.id, order: begun.version, interface: id))
            }
        } catch {
            if isOurs { try await env.networks.deletePort(portID, request.context) }
            throw error
        }
        return Self.answer(port, tag.map { [portID: $0] } ?? [:], request.version)
    }

    private func port(
        for server: Server, _ body: JSONValue, _ request: APIRequest
    ) async throws -> (JSONValue, isOurs: Bool) {
        let planner = InterfacePlanner(env, request)
        if let id = body["port_id"]?.string {
            var plan = InterfacePlan()
            try await planner.checkPort(id, &plan)
            return (try await env.networks.port(id, request.context) ?? .null, false)
        }
        var network = body["net_id"]?.string
        if let named = network {
            network = try await planner.usableNetwork(named)
        } else {
            network = try await planner.interfaces(nil, count: 1).first?.network?.rawValue
        }
        guard let network else { throw ServiceError(.badRequest, "No network to attach to was found.") }
        var port: [String: JSONValue] = [
            "network_id": .string(network), "project_id": .string(server.project.rawValue),
            "device_id": .string(server.id.rawValue), "device_owner": .string("compute:\(server.zone ?? "nova")"),
        ]
        if let address = body["fixed_ips"]?[0]?["ip_address"]?.string {
            port["fixed_ips"] = [["ip_address": .string(address)]]
        }
        return (try await env.networks.createPort(port, request.context), true)
    }

    private func detach(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.interfaceDelete)
        let port = PortID(try request.parameter("port"))
        guard let interface = try await ServerInterfaceStore.find(port: port, in: env.database),
            interface.server == server.id
        else { throw ServiceError(.notFound, "Instance \(server.id) does not have a port with id \(port)") }
        try await ServerActionStarter(env).start(.detachInterface, on: server.id, request) { _, begun, transaction in
            guard case .changed = try ServerInterfaceStore.beginDetach(interface.id, in: transaction) else {
                throw ServiceError(.conflict, "The port \(port) is \(interface.state.rawValue). Try again later.")
            }
            return .init(
                DetachInterfaceState.sagaName, DetachInterfaceState.sagaVersion,
                DetachInterfaceState(
                    server: begun.id, order: begun.version, interface: interface.id, port: port))
        }
        return .empty()
    }

    // MARK: Fixed addresses

    private func addFixedIP(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.multinic)
        guard let network = request.actionBody("addFixedIp")["networkId"]?.string else {
            throw ServiceError(
                .badRequest, "Invalid input for field/attribute addFixedIp. 'networkId' is a required property")
        }
        let ports = try await ports(of: server, request).filter { $0["network_id"]?.string == network }
        guard let port = ports.first, let id = port["id"]?.string else {
            throw ServiceError(.badRequest, "The server is not on network \(network).")
        }
        let subnets = try await env.networks.list("subnets", [("network_id", network)], request.context)
        let held = port["fixed_ips"]?.array ?? []
        guard let subnet = subnets.first(where: { $0["ip_version"]?.int == 4 })?["id"]?.string else {
            throw ServiceError(.badRequest, "Network \(network) has no IPv4 subnet.")
        }
        _ = try await env.networks.updatePort(
            id, ["fixed_ips": .array(held + [["subnet_id": .string(subnet)]])], request.context)
        try await env.refreshAddresses(of: server.id, request.context)
        return .empty()
    }

    private func removeFixedIP(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.multinicRemove)
        let address = request.actionBody("removeFixedIp")["address"]?.string ?? ""
        for port in try await ports(of: server, request) {
            let held = port["fixed_ips"]?.array ?? []
            guard let id = port["id"]?.string, held.contains(where: { $0["ip_address"]?.string == address }) else {
                continue
            }
            let kept = held.filter { $0["ip_address"]?.string != address }
            _ = try await env.networks.updatePort(id, ["fixed_ips": .array(kept)], request.context)
            try await env.refreshAddresses(of: server.id, request.context)
            return .empty()
        }
        throw ServiceError(.badRequest, "Fixed ip \(address) not found for instance \(server.id).")
    }

    // MARK: Views

    private static func answer(_ port: JSONValue, _ tags: [String: String], _ version: Microversion) -> APIResponse {
        .json { json in
            json.object { $0.field("interfaceAttachment") { write(&$0, port, tags, version) } }
        }
    }

    private static func write(
        _ json: inout JSONWriter, _ port: JSONValue, _ tags: [String: String], _ version: Microversion
    ) {
        json.object { json in
            json.field("net_id", port["network_id"]?.string)
            json.field("port_id", port["id"]?.string)
            json.field("mac_addr", port["mac_address"]?.string)
            json.field("port_state", port["status"]?.string)
            json.field("fixed_ips") {
                $0.array(port["fixed_ips"]?.array ?? []) { json, address in
                    json.object {
                        $0.field("subnet_id", address["subnet_id"]?.string)
                        $0.field("ip_address", address["ip_address"]?.string)
                    }
                }
            }
            if version >= "2.70" { json.field("tag", tags[port["id"]?.string ?? ""]) }
        }
    }
}

extension ComputeEnvironment {
    /// Looks a server's addresses up in the network service and keeps them for its views.
    func refreshAddresses(of server: ServerID, _ context: RequestContext) async throws {
        let interfaces = try await networks.interfaces(of: server, context)
        try await ServerStore.setNetworkInfo(interfaces, of: server, at: clock.now(), in: database)
    }
}
