import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/servers/{id}/tags`, since 2.26.
struct ServerTagsController: Sendable {
    private let env: ComputeEnvironment
    private static let maximum = 50

    init(_ environment: ComputeEnvironment) { env = environment }

    private static let schema = JSONSchema([
        "type": "object",
        "properties": ["tags": ["type": "array", "items": ServerSchemas.tag, "maxItems": 50]],
        "required": ["tags"], "additionalProperties": false,
    ])

    var operations: [Operation] {
        [
            Operation(.get, "/servers/{id}/tags", .since("2.26")) { [self] request in
                let server = try await env.server(request, ComputePolicy.tagsIndex)
                return Self.answer(try await tags(server.id))
            },
            Operation(.put, "/servers/{id}/tags", .since("2.26"), body: Self.schema) { [self] request in
                let server = try await env.server(request, ComputePolicy.tagsUpdateAll)
                let wanted = (request.body["tags"]?.array ?? []).compactMap(\.string)
                let all = try await env.database.transaction("replace-server-tags") { transaction in
                    try ServerTagStore.clear(of: server.id, in: transaction)
                    try ServerTagStore.add(wanted, to: server.id, in: transaction)
                    return try ServerTagStore.tags(of: server.id, in: transaction)
                }
                return Self.answer(all)
            },
            Operation(.delete, "/servers/{id}/tags", .since("2.26"), success: .noContent) { [self] request in
                let server = try await env.server(request, ComputePolicy.tagsDeleteAll)
                try await env.database.transaction("clear-server-tags") { transaction in
                    try ServerTagStore.clear(of: server.id, in: transaction)
                }
                return .empty()
            },
            Operation(.get, "/servers/{id}/tags/{tag}", .since("2.26"), success: .noContent) { [self] request in
                let server = try await env.server(request, ComputePolicy.tagsShow)
                let tag = try request.parameter("tag")
                guard try await tags(server.id).contains(tag) else { throw Self.missing(server, tag) }
                return .empty()
            },
            Operation(.put, "/servers/{id}/tags/{tag}", .since("2.26"), success: .noContent) { [self] request in
                try await add(request)
            },
            Operation(.delete, "/servers/{id}/tags/{tag}", .since("2.26"), success: .noContent) { [self] request in
                let server = try await env.server(request, ComputePolicy.tagsDelete)
                let tag = try request.parameter("tag")
                let isRemoved = try await env.database.transaction("delete-server-tag") { transaction in
                    try ServerTagStore.remove(tag, from: server.id, in: transaction)
                }
                guard isRemoved else { throw Self.missing(server, tag) }
                return .empty()
            },
        ]
    }

    private func add(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.tagsUpdate)
        let tag = try request.parameter("tag")
        guard JSONSchema(ServerSchemas.tag).isValid(.string(tag)) else {
            throw ServiceError(.badRequest, "Invalid input for field/attribute tag. Value: \(tag).")
        }
        let isNew = try await env.database.transaction("add-server-tag") { transaction in
            let before = try ServerTagStore.tags(of: server.id, in: transaction)
            if before.contains(tag) { return false }
            guard before.count < Self.maximum else {
                throw ServiceError(.badRequest, "The number of tags exceeded the per-server limit \(Self.maximum)")
            }
            try ServerTagStore.add([tag], to: server.id, in: transaction)
            return true
        }
        guard isNew else { return .empty(.noContent) }
        return .empty(.created, headers: [.location: request.url])
    }

    private func tags(_ id: ServerID) async throws -> [String] {
        try await ServerTagStore.tags(of: [id], in: env.database)[id] ?? []
    }

    private static func missing(_ server: Server, _ tag: String) -> ServiceError {
        ServiceError(.notFound, "Server \(server.id) has no tag '\(tag)'")
    }

    private static func answer(_ tags: [String]) -> APIResponse {
        .json { json in json.object { $0.field("tags", tags) } }
    }
}
