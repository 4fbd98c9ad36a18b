import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/servers/{id}/metadata`.
struct ServerMetadataController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    private static let all: JSONSchema = JSONSchema([
        "type": "object", "properties": ["metadata": ServerSchemas.metadata], "required": ["metadata"],
        "additionalProperties": false,
    ])
    private static let one: JSONSchema = JSONSchema([
        "type": "object",
        "properties": [
            "meta": [
                "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
                "patternProperties": ["^[a-zA-Z0-9-_:. ]{1,255}$": ["type": "string", "maxLength": 255]],
            ]
        ],
        "required": ["meta"], "additionalProperties": false,
    ])

    var operations: [Operation] {
        [
            Operation(.get, "/servers/{id}/metadata") { [self] request in
                let server = try await env.server(request, ComputePolicy.metadataIndex)
                return Self.answer(try await metadata(server.id))
            },
            Operation(.post, "/servers/{id}/metadata", body: Self.all) { [self] request in
                let server = try await env.server(request, ComputePolicy.metadataCreate)
                return Self.answer(try await change(server, request, items(request), replacing: false))
            },
            Operation(.put, "/servers/{id}/metadata", body: Self.all) { [self] request in
                let server = try await env.server(request, ComputePolicy.metadataUpdateAll)
                return Self.answer(try await change(server, request, items(request), replacing: true))
            },
            Operation(.get, "/servers/{id}/metadata/{key}") { [self] request in
                let server = try await env.server(request, ComputePolicy.metadataShow)
                let key = try request.parameter("key")
                guard let value = try await metadata(server.id)[key] else { throw Self.missing }
                return Self.answer(meta: [key: value])
            },
            Operation(.put, "/servers/{id}/metadata/{key}", body: Self.one) { [self] request in
                let server = try await env.server(request, ComputePolicy.metadataUpdate)
                let key = try request.parameter("key")
                let meta = (request.body["meta"]?.object ?? [:]).compactMapValues(\.string)
                guard let value = meta[key] else {
                    throw ServiceError(.badRequest, "Request body and URI mismatch")
                }
                _ = try await change(server, request, [key: value], replacing: false)
                return Self.answer(meta: [key: value])
            },
            Operation(.delete, "/servers/{id}/metadata/{key}", success: .noContent) { [self] request in
                let server = try await env.server(request, ComputePolicy.metadataDelete)
                let key = try request.parameter("key")
                try allow(server, request)
                let isRemoved = try await env.database.transaction("delete-server-metadata") { transaction in
                    try ServerMetadataStore.remove(key, of: server.id, in: transaction)
                }
                guard isRemoved else { throw Self.missing }
                return .empty()
            },
        ]
    }

    private static let missing = ServiceError(.notFound, "Metadata item was not found")

    private func items(_ request: APIRequest) -> [String: String] {
        (request.body["metadata"]?.object ?? [:]).compactMapValues(\.string)
    }

    private func metadata(_ id: ServerID) async throws -> [String: String] {
        try await ServerMetadataStore.metadata(of: [id], in: env.database)[id] ?? [:]
    }

    private func allow(_ server: Server, _ request: APIRequest) throws {
        try ServerActionStarter.refuseLocked(server, request.overridesLock)
        guard let transition = ServerTransitions.of(.updateMetadata) else { return }
        guard transition.allows(server.vmState, server.taskState) else {
            throw ServerActionStarter.refusal(.updateMetadata, server, transition)
        }
    }

    private func change(
        _ server: Server, _ request: APIRequest, _ items: [String: String], replacing: Bool
    ) async throws -> [String: String] {
        try allow(server, request)
        let limit = env.quotas.value("metadata_items")
        return try await env.database.transaction("change-server-metadata") { transaction in
            _ = try ServerStore.lock(server.id, in: transaction)
            if replacing { try ServerMetadataStore.clear(of: server.id, in: transaction) }
            try ServerMetadataStore.set(items, of: server.id, in: transaction)
            let all = try ServerMetadataStore.metadata(of: server.id, in: transaction)
            guard limit < 0 || all.count <= limit else {
                throw ServiceError(.overQuota, "Maximum number of metadata items exceeds \(limit)")
            }
            return all
        }
    }

    private static func answer(_ metadata: [String: String]) -> APIResponse {
        .json { json in json.object { $0.field("metadata", metadata) } }
    }

    private static func answer(meta: [String: String]) -> APIResponse {
        .json { json in json.object { $0.field("meta", meta) } }
    }
}
