import ComputeModel
import Core
import WebAPI

/// Reads the networks of a create request and checks that the project may use them.
struct InterfacePlanner: Sendable {
    let env: ComputeEnvironment
    let request: APIRequest

    init(_ environment: ComputeEnvironment, _ request: APIRequest) {
        env = environment
        self.request = request
    }

    private var context: RequestContext { request.context }

    func interfaces(_ networks: JSONValue?, count: Int) async throws -> [InterfacePlan] {
        if networks?.string == "none" { return [] }
        guard let items = networks?.array, !items.isEmpty else {
            return try await automatic(isRequired: networks?.string == "auto")
        }
        try request.authorize(ComputePolicy.serverAttachNetwork)
        let found = try await found(items)
        let plans = try items.map { try plan($0, count, found) }
        let tags = plans.compactMap(\.tag)
        guard Set(tags).count == tags.count else {
            throw ServiceError(.badRequest, "Network interface tags must be unique.")
        }
        return plans
    }

    private func automatic(isRequired: Bool) async throws -> [InterfacePlan] {
        let owner = try request.owner()
        let usable = try await env.networks.usable(by: owner.project, context)
        guard usable.count <= 1 else {
            throw ServiceError(.conflict, "Multiple possible networks found, use a Network ID to be more specific.")
        }
        guard let network = usable.first?["id"]?.string else {
            if isRequired {
                throw ServiceError(
                    .badRequest, "Unable to automatically allocate a network for project \(owner.project)")
            }
            return []
        }
        return [InterfacePlan(network: NetworkID(network))]
    }

    /// The ports and networks that items name, as the network service has them.
    private struct Found {
        var ports: [String: JSONValue] = [:]
        var networks: [String: JSONValue] = [:]
    }

    private func found(_ items: [JSONValue]) async throws -> Found {
        func all(_ collection: String, _ member: String) async throws -> [String: JSONValue] {
            let ids = Set(items.compactMap { $0[member]?.string })
            return try await env.networks.list(collection, [], "id", anyOf: ids.sorted(), context)
                .reduce(into: [:]) { $0[$1["id"]?.string ?? ""] = $1 }
        }
        return Found(ports: try await all("ports", "port"), networks: try await all("networks", "uuid"))
    }

    private func plan(_ item: JSONValue, _ count: Int, _ found: Found) throws -> InterfacePlan {
        var plan = InterfacePlan(tag: item["tag"]?.string)
        if let port = item["port"]?.string {
            guard count == 1 else {
                throw ServiceError(
                    .badRequest,
                    "Unable to launch multiple instances with a single configured port ID. Please launch your instance one by one with different ports."
                )
            }
            try check(port, found.ports[port], &plan)
            return plan
        }
        guard let id = item["uuid"]?.string else {
            throw ServiceError(.badRequest, "Bad network format: missing 'uuid'")
        }
        guard item["fixed_ip"] == nil || count == 1 else {
            throw ServiceError(
                .badRequest, "Invalid fixed IP Address: max_count cannot be greater than 1 if an fixed_ip is specified."
            )
        }
        plan.network = NetworkID(try check(network: id, found.networks[id]))
        plan.fixedIP = item["fixed_ip"]?.string
        return plan
    }

    /// A network that the project may put a port on.
    func usableNetwork(_ id: String) async throws -> String {
        try check(network: id, try await env.networks.network(id, context))
    }

    private func check(network id: String, _ network: JSONValue?) throws -> String {
        let missing = ServiceError(.badRequest, "Network \(id) could not be found.")
        guard let network else { throw missing }
        let isOwn = network["project_id"]?.string == context.projectID?.rawValue
        let isShared = network["shared"]?.bool ?? false
        guard isOwn || isShared || request.isAdmin else { throw missing }
        if network["router:external"]?.bool == true, !isShared, !request.isAdmin {
            throw ServiceError(
                .forbidden, "It is not allowed to create an interface on external network \(id)")
        }
        guard !(network["subnets"]?.array ?? []).isEmpty else {
            throw ServiceError(.badRequest, "Network \(id) requires a subnet in order to boot instances on.")
        }
        return id
    }

    /// A port of the project that is nobody's yet.
    func checkPort(_ id: String, _ plan: inout InterfacePlan) async throws {
        try check(id, try await env.networks.port(id, context), &plan)
    }

    private func check(_ id: String, _ port: JSONValue?, _ plan: inout InterfacePlan) throws {
        guard let port, request.isAdmin || port["project_id"]?.string == context.projectID?.rawValue
        else { throw ServiceError(.badRequest, "Port id \(id) could not be found.") }
        if let device = port["device_id"]?.string, !device.isEmpty {
            throw ServiceError(.conflict, "Port \(id) is still in use.")
        }
        guard !(port["fixed_ips"]?.array ?? []).isEmpty else {
            throw ServiceError(.badRequest, "Port \(id) requires a FixedIP in order to be used.")
        }
        plan.port = PortID(id)
        plan.network = port["network_id"]?.string.map { NetworkID($0) }
    }
}
