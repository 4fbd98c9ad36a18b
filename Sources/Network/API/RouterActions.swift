import Core
import HTTPTypes
import WebAPI

/// What routers can do beyond being resources: legs, and routes one by one.
struct RouterActions {
    let service: NetworkBackend
    private let behaviour: Routers
    private let addInterface = PolicyRule("add_router_interface", default: ResourcePolicies.member)
    private let removeInterface = PolicyRule("remove_router_interface", default: ResourcePolicies.member)
    private let addRoutes = PolicyRule("add_extraroutes", default: ResourcePolicies.member)
    private let removeRoutes = PolicyRule("remove_extraroutes", default: ResourcePolicies.member)

    init(service: NetworkBackend) {
        self.service = service
        behaviour = Routers(options: service.options)
    }

    var policies: [PolicyRule] { [addInterface, removeInterface, addRoutes, removeRoutes] }

    var operations: [Operation] {
        [
            Operation(.put, "/routers/{id}/add_router_interface", name: "add router interface") {
                try await act($0, addInterface) { try RouterInterfaces.add($0, to: $1, $2) }
            },
            Operation(.put, "/routers/{id}/remove_router_interface", name: "remove router interface") {
                try await act($0, removeInterface) { try RouterInterfaces.remove($0, from: $1, $2) }
            },
            Operation(.put, "/routers/{id}/add_extraroutes", name: "add extra routes") {
                try await route($0, addRoutes) { old, given in old + given.filter { !old.contains($0) } }
            },
            Operation(.put, "/routers/{id}/remove_extraroutes", name: "remove extra routes") {
                try await route($0, removeRoutes) { old, given in old.filter { !given.contains($0) } }
            },
        ]
    }

    private func act(
        _ request: APIRequest, _ rule: PolicyRule,
        _ body: @escaping @Sendable (JSONValue, Record, NetworkChange) throws -> JSONValue
    ) async throws -> APIResponse {
        let caller = service.caller(request)
        let id = try request.parameter("id")
        let answer = try await service.change("router interface", caller) { [behaviour] change in
            let router = try ResourceReader.find(behaviour, id, for: caller, change.transaction)
            try request.authorize(rule, target: try behaviour.target(router, change.transaction))
            return try body(request.body, router, change)
        }
        return .json(answer)
    }

    private func route(
        _ request: APIRequest, _ rule: PolicyRule,
        _ merge: @escaping @Sendable ([JSONValue], [JSONValue]) -> [JSONValue]
    ) async throws -> APIResponse {
        let caller = service.caller(request)
        let id = try request.parameter("id")
        let given: [JSONValue]
        do {
            given = try Check.routes(request.body["router"]?["routes"] ?? []).array ?? []
        } catch let error as InvalidValue {
            throw ServiceError.network(
                .badRequest, "HTTPBadRequest", "Invalid input for routes. Reason: \(error.reason).")
        }
        let record = try await service.change("extra routes", caller) { [behaviour] change in
            let router = try ResourceReader.find(behaviour, id, for: caller, locked: true, change.transaction)
            try request.authorize(rule, target: try behaviour.target(router, change.transaction))
            try behaviour.update(router, ["routes": .array(merge(router.list("routes"), given))], change)
            return try ResourceReader.find(behaviour, id, for: caller, change.transaction)
        }
        return .json(["router": ResourceView.object(record, .routers)])
    }
}
