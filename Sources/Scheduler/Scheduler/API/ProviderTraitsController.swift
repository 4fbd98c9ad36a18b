import Core
import HTTPTypes
import WebAPI

/// Traits and aggregates of resource providers.
struct ProviderTraitsController: Sendable {
    let store: PlacementStore

    var operations: [WebAPI.Operation] {
        let traits = "/resource_providers/{uuid}/traits"
        let aggregates = "/resource_providers/{uuid}/aggregates"
        return [
            Operation(.get, traits, .since("1.6"), policy: PlacementPolicies.listProviderTraits) {
                try await show($0.parameter("uuid"))
            },
            Operation(.put, traits, .since("1.6"), policy: PlacementPolicies.updateProviderTraits, handler: set),
            Operation(
                .delete, traits, .since("1.6"), policy: PlacementPolicies.updateProviderTraits, success: .noContent
            ) {
                let provider = try await store.provider($0.parameter("uuid"))
                try await store.setTraits(provider.id, [], generation: provider.generation)
                return .empty()
            },
            Operation(.get, aggregates, .since("1.1"), policy: PlacementPolicies.listAggregates) {
                try await showAggregates($0.parameter("uuid"), $0)
            },
            Operation(
                .put, aggregates, .since("1.1"), policy: PlacementPolicies.updateAggregates, handler: setAggregates),
        ]
    }

    private func show(_ id: String) async throws -> APIResponse {
        let provider = try await store.provider(id)
        let traits = try await store.traits(id)
        return .json { json in
            json.object {
                $0.field("resource_provider_generation", provider.generation)
                $0.field("traits", traits)
            }
        }
    }

    private func set(_ request: APIRequest) async throws -> APIResponse {
        let id = try await store.provider(request.parameter("uuid")).id
        guard let generation = request.body["resource_provider_generation"]?.int,
            let traits = request.body["traits"]?.array?.compactMap(\.string)
        else { throw ServiceError(.badRequest, "JSON does not validate: traits and generation are required") }
        try await store.setTraits(id, traits, generation: generation)
        return try await show(id)
    }

    private func showAggregates(_ id: String, _ request: APIRequest) async throws -> APIResponse {
        let provider = try await store.provider(id)
        let aggregates = try await store.aggregates(id)
        return .json { json in
            json.object {
                $0.field("aggregates", aggregates)
                if request.version >= "1.19" { $0.field("resource_provider_generation", provider.generation) }
            }
        }
    }

    /// Since 1.19 with the generation in an object; before that a bare list.
    private func setAggregates(_ request: APIRequest) async throws -> APIResponse {
        let provider = try await store.provider(request.parameter("uuid"))
        let list = request.body["aggregates"]?.array ?? request.body.array ?? []
        try await store.setAggregates(
            provider.id, list.compactMap(\.string),
            generation: request.body["resource_provider_generation"]?.int ?? provider.generation)
        return try await showAggregates(provider.id, request)
    }
}
