import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/os-aggregates`.
struct AggregatesController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    private static let name: JSONValue = ["type": "string", "minLength": 1, "maxLength": 255, "format": "name"]
    private static let zone: JSONValue = ["type": ["string", "null"], "minLength": 1, "maxLength": 255]

    private static func schema(required: JSONValue) -> JSONSchema {
        JSONSchema([
            "type": "object",
            "properties": [
                "aggregate": [
                    "type": "object", "properties": ["name": name, "availability_zone": zone], "required": required,
                    "additionalProperties": false, "minProperties": 1,
                ]
            ],
            "required": ["aggregate"], "additionalProperties": false,
        ])
    }

    var operations: [Operation] {
        [
            Operation(.get, "/os-aggregates", policy: ComputePolicy.aggregateIndex) { [self] request in
                let all = try await AggregateStore.list(in: env.database)
                return .json { json in
                    json.object {
                        $0.field("aggregates") { $0.array(all) { Self.write(&$0, $1, request.version) } }
                    }
                }
            },
            Operation(
                .post, "/os-aggregates", policy: ComputePolicy.aggregateCreate, body: Self.schema(required: ["name"])
            ) { [self] in try await create($0) },
            Operation(.get, "/os-aggregates/{id}", policy: ComputePolicy.aggregateShow) { [self] request in
                Self.answer(try await find(request), request)
            },
            Operation(
                .put, "/os-aggregates/{id}", policy: ComputePolicy.aggregateUpdate, body: Self.schema(required: [])
            ) { [self] request in
                let body = request.body["aggregate"] ?? .null
                return try await update(request, name: body["name"]?.string) { metadata in
                    if let zone = body["availability_zone"] { metadata["availability_zone"] = zone.string }
                }
            },
            Operation(.delete, "/os-aggregates/{id}", policy: ComputePolicy.aggregateDelete) { [self] request in
                let aggregate = try await find(request)
                guard try await AggregateStore.delete(aggregate.id, in: env.database) else {
                    throw ServiceError(.badRequest, "Cannot remove aggregate: it still has hosts.")
                }
                return .empty()
            },
            Operation(
                .post, "/os-aggregates/{id}/action", action: "add_host", policy: ComputePolicy.aggregateAddHost
            ) { [self] in try await addHost($0) },
            Operation(
                .post, "/os-aggregates/{id}/action", action: "remove_host", policy: ComputePolicy.aggregateRemoveHost
            ) { [self] request in
                let aggregate = try await find(request)
                let host = request.actionBody("remove_host")["host"]?.string ?? ""
                guard try await AggregateStore.removeHost(host, from: aggregate.id, in: env.database) else {
                    throw ServiceError(
                        .notFound, "Cannot remove host \(host) in aggregate \(aggregate.id): not found")
                }
                return Self.answer(try await find(request), request)
            },
            Operation(
                .post, "/os-aggregates/{id}/action", action: "set_metadata",
                policy: ComputePolicy.aggregateSetMetadata
            ) { [self] request in
                let items = request.actionBody("set_metadata")["metadata"]?.object ?? [:]
                return try await update(request, name: nil) { metadata in
                    for (name, value) in items { metadata[name] = value.string }
                }
            },
        ]
    }

    private func find(_ request: APIRequest) async throws -> Aggregate {
        let text = try request.parameter("id")
        guard let id = Int64(text) else {
            throw ServiceError(.badRequest, "Invalid input for field/attribute id. Value: \(text).")
        }
        guard let aggregate = try await AggregateStore.find(id, in: env.database) else {
            throw ServiceError(.notFound, "Aggregate \(id) could not be found.")
        }
        return aggregate
    }

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = request.body["aggregate"] ?? .null
        let name = body["name"]?.string ?? ""
        let zone = body["availability_zone"]?.string
        do {
            let id = try await AggregateStore.insert(
                name: name, uuid: env.ids.uuid(), metadata: zone.map { ["availability_zone": $0] } ?? [:],
                at: env.clock.now(), in: env.database)
            guard let aggregate = try await AggregateStore.find(id, in: env.database) else {
                throw ServiceError(.notFound, "Aggregate \(id) could not be found.")
            }
            // The answer to a creation has neither hosts nor metadata.
            return .json { json in
                json.object {
                    $0.field("aggregate") {
                        Self.write(&$0, aggregate, request.version, isNew: true)
                    }
                }
            }
        } catch let error as ServiceError where error.duplicateKey == "uq_aggregates_name" {
            throw ServiceError(.conflict, "Aggregate \(name) already exists.", cause: error)
        }
    }

    private func update(
        _ request: APIRequest, name: String?, _ change: @escaping @Sendable (inout [String: String]) -> Void
    ) async throws -> APIResponse {
        let aggregate = try await find(request)
        do {
            try await AggregateStore.update(
                aggregate.id, name: name, at: env.clock.now(), in: env.database, change)
        } catch let error as ServiceError where error.duplicateKey == "uq_aggregates_name" {
            throw ServiceError(.conflict, "Aggregate \(name ?? "") already exists.", cause: error)
        }
        return Self.answer(try await find(request), request)
    }

    /// A host is in one zone at most.
    private func addHost(_ request: APIRequest) async throws -> APIResponse {
        let aggregate = try await find(request)
        let host = request.actionBody("add_host")["host"]?.string ?? ""
        let services = try await HostStore.services(in: env.database)
        guard services.contains(where: { $0.host == host && $0.binary == "nova-compute" }) else {
            throw ServiceError(.notFound, "Compute host \(host) could not be found.")
        }
        if let zone = aggregate.zone {
            let others = try await AggregateStore.list(in: env.database)
            if let other = others.first(where: { $0.hosts.contains(host) && $0.zone != nil && $0.zone != zone }) {
                throw ServiceError(
                    .conflict,
                    "Cannot perform action 'add_host_to_aggregate' on aggregate \(aggregate.id). Reason: Host \(host) already in availability zone \(other.zone ?? "")"
                )
            }
        }
        do {
            try await AggregateStore.addHost(host, to: aggregate.id, in: env.database)
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(
                .conflict, "Cannot add host \(host) in aggregate \(aggregate.id): host exists", cause: error)
        }
        return Self.answer(try await find(request), request)
    }

    private static func answer(_ aggregate: Aggregate, _ request: APIRequest) -> APIResponse {
        .json { json in json.object { $0.field("aggregate") { write(&$0, aggregate, request.version) } } }
    }

    private static func write(
        _ json: inout JSONWriter, _ aggregate: Aggregate, _ version: Microversion, isNew: Bool = false
    ) {
        json.object {
            $0.field("id", Int(aggregate.id))
            $0.field("name", aggregate.name)
            $0.field("availability_zone", aggregate.zone)
            if version >= "2.41" { $0.field("uuid", aggregate.uuid) }
            if !isNew {
                $0.field("hosts", aggregate.hosts)
                $0.field("metadata", aggregate.metadata)
            }
            $0.field("created_at", aggregate.createdAt.iso8601Micro)
            $0.field("updated_at", aggregate.updatedAt?.iso8601Micro)
            $0.field("deleted", false)
            $0.field("deleted_at", String?.none)
        }
    }
}
