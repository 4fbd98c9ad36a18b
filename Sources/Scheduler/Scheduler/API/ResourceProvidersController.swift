import Core
import HTTPTypes
import SchedulerModel
import WebAPI

/// Resource providers.
struct ResourceProvidersController: Sendable {
    let store: PlacementStore

    var operations: [WebAPI.Operation] {
        [
            Operation(.get, "/resource_providers", policy: PlacementPolicies.listProviders, handler: list),
            Operation(
                .post, "/resource_providers", policy: PlacementPolicies.createProvider, body: Self.body,
                success: .created, handler: create),
            Operation(.get, "/resource_providers/{uuid}", policy: PlacementPolicies.showProvider, handler: show),
            Operation(
                .put, "/resource_providers/{uuid}", policy: PlacementPolicies.updateProvider, body: Self.body,
                handler: update),
            Operation(
                .delete, "/resource_providers/{uuid}", policy: PlacementPolicies.deleteProvider, success: .noContent,
                handler: delete),
        ]
    }

    private static let body: JSONSchema = [
        "type": "object", "required": ["name"],
        "properties": [
            "name": ["type": "string", "minLength": 1, "maxLength": 200],
            "uuid": ["type": "string", "format": "uuid"],
            "parent_provider_uuid": ["type": ["string", "null"], "format": "uuid"],
        ],
        "additionalProperties": false,
    ]

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let aggregates = request.query.first("member_of").map { text in
            (text.hasPrefix("in:") ? String(text.dropFirst(3)) : text).split(separator: ",").map(String.init)
        }
        var providers = try await store.providers(
            id: request.query.first("uuid"), name: request.query.first("name"),
            root: request.query.first("in_tree"), aggregates: aggregates ?? [])
        if let text = request.query.first("resources") {
            let wanted = try resourceAmounts(text)
            let room = try await store.room(providers.map(\.id))
            providers = providers.filter { room.has(wanted, on: $0.id) }
        }
        return .json { json in
            json.object { $0.field("resource_providers") { $0.array(providers) { write($1, &$0, request) } } }
        }
    }

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let id = request.body["uuid"]?.string ?? IDGenerator.random.uuid()
        try await store.create(
            id, name: request.body["name"]?.string ?? "", parent: request.body["parent_provider_uuid"]?.string)
        var headers = HTTPFields()
        headers[.location] = "\(request.baseURL)/resource_providers/\(id)"
        guard request.version >= "1.20" else { return .empty(.created, headers: headers) }
        let provider = try await store.provider(id)
        return .json(.ok, headers: headers) { write(provider, &$0, request) }
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        let provider = try await store.provider(request.parameter("uuid"))
        return .json { write(provider, &$0, request) }
    }

    private func update(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("uuid")
        try await store.rename(
            id, to: request.body["name"]?.string ?? "", parent: request.body["parent_provider_uuid"]?.string)
        let provider = try await store.provider(id)
        return .json { write(provider, &$0, request) }
    }

    private func delete(_ request: APIRequest) async throws -> APIResponse {
        try await store.delete(request.parameter("uuid"))
        return .empty()
    }

    private func write(_ provider: ResourceProvider, _ json: inout JSONWriter, _ request: APIRequest) {
        json.object {
            $0.field("uuid", provider.id)
            $0.field("name", provider.name)
            $0.field("generation", provider.generation)
            if request.version >= "1.14" {
                $0.field("parent_provider_uuid", provider.parent)
                $0.field("root_provider_uuid", provider.root)
            }
            let path = "/placement/resource_providers/\(provider.id)"
            var links = [("self", path), ("inventories", "\(path)/inventories"), ("usages", "\(path)/usages")]
            if request.version >= "1.1" { links.append(("aggregates", "\(path)/aggregates")) }
            if request.version >= "1.6" { links.append(("traits", "\(path)/traits")) }
            if request.version >= "1.11" { links.append(("allocations", "\(path)/allocations")) }
            $0.field("links") {
                $0.array(links) { json, link in
                    json.object {
                        $0.field("rel", link.0)
                        $0.field("href", link.1)
                    }
                }
            }
        }
    }
}

/// `VCPU:1,MEMORY_MB:512` as amounts.
func resourceAmounts(_ text: String) throws -> [String: Int] {
    try text.split(separator: ",").prefix(64).reduce(into: [:]) { result, item in
        let parts = item.split(separator: ":")
        guard parts.count == 2, let amount = Int(parts[1]), (1...maximumAmount).contains(amount) else {
            throw ServiceError(
                .badRequest, "Badly formed resources parameter. Expected resources query string: \(text)")
        }
        result[String(parts[0])] = amount
    }
}

extension PlacementStore {
    /// What providers have and use now.
    func room(_ ids: [String]) async throws -> ProviderRoom {
        ProviderRoom(inventories: try await inventories(of: ids), used: try await usages(of: ids))
    }
}

/// What several providers have, and how much of it is used.
struct ProviderRoom: Sendable {
    var inventories: [String: [String: HostState.Inventory]]
    var used: [String: [String: Int]]

    func has(_ wanted: [String: Int], on provider: String) -> Bool {
        wanted.allSatisfy { name, amount in
            inventories[provider]?[name]?.fits(amount, used: used[provider]?[name] ?? 0) ?? false
        }
    }
}
