import Core
import HTTPTypes
import SchedulerModel
import WebAPI

/// What consumers hold, and what they could.
struct AllocationsController: Sendable {
    let store: AllocationStore
    let providers: PlacementStore

    var operations: [WebAPI.Operation] {
        [
            Operation(.get, "/allocations/{consumer}", policy: PlacementPolicies.listAllocations, handler: show),
            Operation(
                .put, "/allocations/{consumer}", .since("1.8"), policy: PlacementPolicies.updateAllocations,
                success: .noContent, handler: set),
            Operation(
                .delete, "/allocations/{consumer}", policy: PlacementPolicies.deleteAllocations, success: .noContent,
                handler: delete),
            Operation(
                .get, "/resource_providers/{uuid}/allocations", policy: PlacementPolicies.providerAllocations,
                handler: ofProvider),
            Operation(.get, "/usages", .since("1.9"), handler: usages),
            Operation(
                .get, "/allocation_candidates", .since("1.10"), policy: PlacementPolicies.listCandidates,
                handler: candidates),
            Operation(.post, "/allocations", .since("1.13"), policy: PlacementPolicies.updateAllocations) { _ in
                throw ServiceError(.badRequest, "Setting allocations of several consumers is not implemented.")
            },
            Operation(.post, "/reshaper", .since("1.30"), policy: PlacementPolicies.updateAllocations) { _ in
                throw ServiceError(.badRequest, "Reshaping is not implemented.")
            },
        ]
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        let found = try await store.of(consumer: request.parameter("consumer"))
        return .json { json in
            json.object { json in
                json.field("allocations") { json in
                    json.object { json in
                        for allocation in found?.1 ?? [] {
                            json.field(allocation.provider) { json in
                                json.object {
                                    $0.field("generation", allocation.providerGeneration)
                                    $0.field("resources") { write(allocation.resources, &$0) }
                                }
                            }
                        }
                    }
                }
                guard let consumer = found?.0, request.version >= "1.12" else { return }
                json.field("project_id", consumer.project)
                json.field("user_id", consumer.user)
                if request.version >= "1.28" { json.field("consumer_generation", consumer.generation) }
                if request.version >= "1.38" { json.field("consumer_type", consumer.type ?? "unknown") }
            }
        }
    }

    private func set(_ request: APIRequest) async throws -> APIResponse {
        var resources: [String: [String: Int]] = [:]
        func add(_ provider: String?, _ amounts: JSONValue?) throws {
            guard let provider, isUUIDLike(provider), let amounts = amounts?.object, !amounts.isEmpty else {
                throw ServiceError(.badRequest, "JSON does not validate: allocations")
            }
            for (name, amount) in amounts {
                guard let amount = amount.int, (1...maximumAmount).contains(amount) else {
                    throw ServiceError(
                        .badRequest, "JSON does not validate: \(name) must be between 1 and \(maximumAmount)")
                }
                resources[provider, default: [:]][name] = amount
            }
        }
        if let list = request.body["allocations"]?.array {
            for item in list { try add(item["resource_provider"]?["uuid"]?.string, item["resources"]) }
        } else {
            for (provider, item) in request.body["allocations"]?.object ?? [:] { try add(provider, item["resources"]) }
        }
        guard let project = request.body["project_id"]?.string, let user = request.body["user_id"]?.string else {
            throw ServiceError(.badRequest, "JSON does not validate: project_id and user_id are required properties")
        }
        try await store.replace(
            request.parameter("consumer"), resources, project: project, user: user,
            type: request.body["consumer_type"]?.string, generation: request.body["consumer_generation"]?.int,
            checksGeneration: request.version >= "1.28")
        return .empty()
    }

    private func delete(_ request: APIRequest) async throws -> APIResponse {
        let consumer = try request.parameter("consumer")
        guard try await store.of(consumer: consumer) != nil else {
            throw ServiceError(.notFound, "No allocations for consumer '\(consumer)'")
        }
        try await ClaimStore(database: store.database).release(ServerID(consumer))
        return .empty()
    }

    private func ofProvider(_ request: APIRequest) async throws -> APIResponse {
        let provider = try await providers.provider(request.parameter("uuid"))
        let allocations = try await store.on(provider: provider.id)
        return .json { json in
            json.object { json in
                json.field("resource_provider_generation", provider.generation)
                json.field("allocations") { json in
                    json.object { json in
                        for allocation in allocations {
                            json.field(allocation.consumer) { json in
                                json.object { $0.field("resources") { write(allocation.resources, &$0) } }
                            }
                        }
                    }
                }
            }
        }
    }

    private func usages(_ request: APIRequest) async throws -> APIResponse {
        guard let project = request.query.first("project_id") else {
            throw ServiceError(.badRequest, "Invalid query string parameters: 'project_id' is a required property")
        }
        try request.authorize(PlacementPolicies.usages, target: ["project_id": project])
        let usages = try await store.usages(project: project, user: request.query.first("user_id"))
        return .json { json in json.object { $0.field("usages") { write(usages, &$0) } } }
    }

    /// Every provider that has room for all of the unnumbered group. Nested providers and granular groups are
    /// refused, since an answer without them would be wrong.
    private func candidates(_ request: APIRequest) async throws -> APIResponse {
        guard let text = request.query.first("resources") else {
            throw ServiceError(.badRequest, "Only allocation candidates of one 'resources' group are implemented.")
        }
        if let other = request.query.names.subtracting(["resources", "required", "member_of", "limit"]).first {
            throw ServiceError(.badRequest, "Allocation candidates by \(other) are not implemented.")
        }
        let wanted = try resourceAmounts(text)
        let required = request.query.all("required").flatMap { $0.split(separator: ",").map(String.init) }
        let limit = request.query.first("limit").flatMap { Int($0) } ?? 1000
        let aggregates = request.query.first("member_of").map { member in
            (member.hasPrefix("in:") ? String(member.dropFirst(3)) : member).split(separator: ",").map(String.init)
        }
        let all = try await providers.providers(id: nil, name: nil, root: nil, aggregates: aggregates ?? [])
        let room = try await providers.room(all.map(\.id))
        let traits = try await providers.traits(of: required.isEmpty ? [] : all.map(\.id))
        let found = all.filter { provider in
            guard room.has(wanted, on: provider.id) else { return false }
            let own = Set(traits[provider.id] ?? [])
            return required.allSatisfy { $0.hasPrefix("!") ? !own.contains(String($0.dropFirst())) : own.contains($0) }
        }.prefix(limit).map { provider in
            let used = room.used[provider.id] ?? [:]
            let inventories = (room.inventories[provider.id] ?? [:]).map { name, inventory in
                (name, HostInventory(capacity: inventory.capacity, used: used[name] ?? 0))
            }
            return (provider, Dictionary(inventories, uniquingKeysWith: { first, _ in first }))
        }
        return .json { json in writeCandidates(found, wanted, request.version, &json) }
    }

    private struct HostInventory {
        var capacity: Int
        var used: Int
    }

    private func writeCandidates(
        _ found: [(ResourceProvider, [String: HostInventory])], _ wanted: [String: Int], _ version: Microversion,
        _ json: inout JSONWriter
    ) {
        json.object { json in
            json.field("allocation_requests") { json in
                json.array(found) { json, item in
                    json.object { json in
                        json.field("allocations") { json in
                            json.object { json in
                                json.field(item.0.id) { json in
                                    json.object { $0.field("resources") { write(wanted, &$0) } }
                                }
                            }
                        }
                        if version >= "1.34" {
                            json.field("mappings") { json in json.object { $0.field("", [item.0.id]) } }
                        }
                    }
                }
            }
            json.field("provider_summaries") { json in
                json.object { json in
                    for (provider, inventories) in found {
                        json.field(provider.id) { json in
                            json.object { json in
                                json.field("resources") { json in
                                    json.object { json in
                                        for (name, inventory) in inventories.sorted(by: { $0.key < $1.key }) {
                                            json.field(name) { json in
                                                json.object {
                                                    $0.field("capacity", inventory.capacity)
                                                    $0.field("used", inventory.used)
                                                }
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func write(_ amounts: [String: Int], _ json: inout JSONWriter) {
        json.object { for (name, amount) in amounts.sorted(by: { $0.key < $1.key }) { $0.field(name, amount) } }
    }
}
