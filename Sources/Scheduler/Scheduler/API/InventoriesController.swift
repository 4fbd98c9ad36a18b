import Core
import HTTPTypes
import SchedulerModel
import WebAPI

/// Placement's largest amount of anything.
let maximumAmount = 0x7FFF_FFFF

/// What resource providers have, and how much of it is used.
struct InventoriesController: Sendable {
    let store: PlacementStore

    var operations: [WebAPI.Operation] {
        let list = "/resource_providers/{uuid}/inventories"
        return [
            Operation(.get, list, policy: PlacementPolicies.listInventories, handler: show),
            Operation(.put, list, policy: PlacementPolicies.updateInventories, handler: replace),
            Operation(.post, list, policy: PlacementPolicies.updateInventories, success: .created, handler: add),
            Operation(.delete, list, .since("1.5"), policy: PlacementPolicies.deleteInventories, success: .noContent) {
                let provider = try await store.provider($0.parameter("uuid"))
                try await store.setInventories(provider.id, [:], generation: provider.generation, replacing: true)
                return .empty()
            },
            Operation(.get, "\(list)/{resource_class}", policy: PlacementPolicies.listInventories, handler: showOne),
            Operation(.put, "\(list)/{resource_class}", policy: PlacementPolicies.updateInventories, handler: setOne),
            Operation(
                .delete, "\(list)/{resource_class}", policy: PlacementPolicies.deleteInventories, success: .noContent
            ) {
                try await store.deleteInventory($0.parameter("uuid"), $0.parameter("resource_class"))
                return .empty()
            },
            Operation(
                .get, "/resource_providers/{uuid}/usages", policy: PlacementPolicies.providerUsages, handler: usages),
        ]
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        try await all(store.provider(request.parameter("uuid")).id)
    }

    private func all(_ id: String) async throws -> APIResponse {
        let provider = try await store.provider(id)
        let inventories = try await store.inventories(id)
        return .json { json in
            json.object {
                $0.field("resource_provider_generation", provider.generation)
                $0.field("inventories") {
                    $0.object { for (name, inventory) in inventories { $0.field(name) { write(inventory, &$0) } } }
                }
            }
        }
    }

    private func replace(_ request: APIRequest) async throws -> APIResponse {
        let id = try await store.provider(request.parameter("uuid")).id
        var inventories: [String: HostState.Inventory] = [:]
        for (name, value) in request.body["inventories"]?.object ?? [:] { inventories[name] = try read(value, name) }
        try await store.setInventories(id, inventories, generation: generation(request.body), replacing: true)
        return try await all(id)
    }

    private func add(_ request: APIRequest) async throws -> APIResponse {
        let provider = try await store.provider(request.parameter("uuid"))
        guard let name = request.body["resource_class"]?.string else {
            throw ServiceError(.badRequest, "JSON does not validate: 'resource_class' is a required property")
        }
        let inventory = try read(request.body, name)
        let given = request.body["resource_provider_generation"]?.int ?? provider.generation
        try await store.setInventories(provider.id, [name: inventory], generation: given, replacing: false)
        return .json(.created) { write(inventory, generation: given + 1, &$0) }
    }

    private func showOne(_ request: APIRequest) async throws -> APIResponse {
        let provider = try await store.provider(request.parameter("uuid"))
        let name = try request.parameter("resource_class")
        guard let inventory = try await store.inventories(provider.id).first(where: { $0.0 == name })?.1 else {
            throw ServiceError(.notFound, "No inventory of class \(name) for \(provider.id)")
        }
        return .json { write(inventory, generation: provider.generation, &$0) }
    }

    private func setOne(_ request: APIRequest) async throws -> APIResponse {
        let provider = try await store.provider(request.parameter("uuid"))
        let name = try request.parameter("resource_class")
        let inventory = try read(request.body, name)
        let given = try generation(request.body)
        try await store.setInventories(provider.id, [name: inventory], generation: given, replacing: false)
        return .json { write(inventory, generation: given + 1, &$0) }
    }

    private func usages(_ request: APIRequest) async throws -> APIResponse {
        let provider = try await store.provider(request.parameter("uuid"))
        let usages = try await store.usages(provider.id)
        return .json { json in
            json.object {
                $0.field("resource_provider_generation", provider.generation)
                $0.field("usages") {
                    $0.object { for (name, used) in usages.sorted(by: { $0.key < $1.key }) { $0.field(name, used) } }
                }
            }
        }
    }

    private func generation(_ body: JSONValue) throws -> Int {
        guard let generation = body["resource_provider_generation"]?.int else {
            throw ServiceError(
                .badRequest, "JSON does not validate: 'resource_provider_generation' is a required property")
        }
        return generation
    }

    private func read(_ json: JSONValue, _ name: String) throws -> HostState.Inventory {
        let total = json["total"]?.int ?? 0
        let inventory = HostState.Inventory(
            total: total, reserved: json["reserved"]?.int ?? 0, allocationRatio: json["allocation_ratio"]?.double ?? 1,
            minUnit: json["min_unit"]?.int ?? 1, maxUnit: json["max_unit"]?.int ?? 2_147_483_647,
            stepSize: json["step_size"]?.int ?? 1)
        let amounts = [inventory.minUnit, inventory.maxUnit, inventory.stepSize, total]
        guard amounts.allSatisfy({ (1...maximumAmount).contains($0) }), (0...total).contains(inventory.reserved),
            inventory.allocationRatio > 0, inventory.allocationRatio <= 3.40282e+38
        else { throw ServiceError(.badRequest, "Invalid inventory for '\(name)'.") }
        return inventory
    }

    private func write(_ inventory: HostState.Inventory, generation: Int? = nil, _ json: inout JSONWriter) {
        json.object {
            if let generation { $0.field("resource_provider_generation", generation) }
            $0.field("total", inventory.total)
            $0.field("reserved", inventory.reserved)
            $0.field("min_unit", inventory.minUnit)
            $0.field("max_unit", inventory.maxUnit)
            $0.field("step_size", inventory.stepSize)
            $0.field("allocation_ratio", inventory.allocationRatio)
        }
    }
}
