import Core
import Database
import HTTPTypes
import WebAPI

/// Tags of a resource: `/networks/{id}/tags`.
struct TagsController {
    let behaviour: any ResourceBehaviour
    let service: NetworkBackend
    private var type: ResourceType { behaviour.type }

    var operations: [Operation] {
        let path = "/\(type.path)/{id}/tags"
        return [
            Operation(.get, path, name: "list \(type.name) tags", policy: type.policies.show) { request in
                let tags = try await read(request)
                return .json(["tags": .strings(tags)])
            },
            Operation(
                .get, "\(path)/{tag}", name: "show \(type.name) tag", policy: type.policies.show, success: .noContent
            ) { request in
                let tag = try request.parameter("tag")
                guard try await read(request).contains(tag) else { throw Self.missing(tag) }
                return .empty()
            },
            Operation(.put, path, name: "replace \(type.name) tags") { request in
                let tags = try given(request)
                try await write(request) { try TagStore.replace(tags, of: $0.id, $1.transaction) }
                return .json(["tags": .strings(tags)])
            },
            Operation(.post, path, name: "add \(type.name) tags", success: .created) { request in
                let tags = try given(request)
                try await write(request) { try TagStore.add(tags, to: $0.id, $1.transaction) }
                return .json(["tags": .strings(try await read(request))])
            },
            Operation(.put, "\(path)/{tag}", name: "add \(type.name) tag", success: .created) { request in
                let tags = try checked([.string(try request.parameter("tag"))])
                try await write(request) { try TagStore.add(tags, to: $0.id, $1.transaction) }
                return .empty()
            },
            Operation(.delete, path, name: "remove \(type.name) tags", success: .noContent) { request in
                try await write(request) { try TagStore.replace([], of: $0.id, $1.transaction) }
                return .empty()
            },
            Operation(.delete, "\(path)/{tag}", name: "remove \(type.name) tag", success: .noContent) { request in
                let tag = try request.parameter("tag")
                try await write(request) { record, change in
                    guard try TagStore.remove(tag, from: record.id, change.transaction) else { throw Self.missing(tag) }
                }
                return .empty()
            },
        ]
    }

    private static func missing(_ tag: String) -> ServiceError {
        .network(.notFound, "TagNotFound", "Tag \(tag) could not be found.")
    }

    private func given(_ request: APIRequest) throws -> [String] {
        guard let tags = request.body["tags"]?.array else {
            throw ServiceError.network(.badRequest, "HTTPBadRequest", "Invalid tags body")
        }
        return try checked(tags)
    }

    private func checked(_ tags: [JSONValue]) throws -> [String] {
        do {
            _ = try Check.tags(.array(tags))
        } catch let error as InvalidValue {
            throw ServiceError.network(
                .badRequest, "HTTPBadRequest", "Invalid input for tags. Reason: \(error.reason).")
        }
        return tags.compactMap(\.string)
    }

    private func read(_ request: APIRequest) async throws -> [String] {
        let caller = service.caller(request)
        let id = try request.parameter("id")
        return try await service.database.transaction("tags") { [behaviour] transaction in
            try ResourceReader.find(behaviour, id, for: caller, transaction).strings("tags")
        }
    }

    private func write(
        _ request: APIRequest, _ body: @escaping @Sendable (Record, NetworkChange) throws -> Void
    ) async throws {
        let caller = service.caller(request)
        let id = try request.parameter("id")
        try await service.change("tags", caller) { [behaviour] change in
            let record = try ResourceReader.find(behaviour, id, for: caller, locked: true, change.transaction)
            try request.authorize(
                behaviour.type.policies.update, target: try behaviour.target(record, change.transaction))
            try body(record, change)
            try change.update(behaviour.type, record.id, [:])
        }
    }
}
