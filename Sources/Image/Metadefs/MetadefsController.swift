import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/metadefs`: the catalogue of what properties mean.
struct MetadefsController: Sendable {
    let core: ImageCore
    let store: MetadefStore

    /// The kinds of resources that properties may be for.
    private static let resourceTypes = [
        "OS::Cinder::Volume", "OS::Glance::Image", "OS::Nova::Aggregate", "OS::Nova::Flavor", "OS::Nova::Server",
    ]

    /// What lives in a namespace: its part of the path, the key of its list, its body's schema.
    private struct Collection: Sendable {
        let kind: Metadef.Kind
        let path: String
        let body: JSONSchema
    }

    private static let collections = [
        Collection(kind: .object, path: "objects", body: MetadefSchemas.body(MetadefSchemas.object)),
        Collection(kind: .property, path: "properties", body: MetadefSchemas.body(MetadefSchemas.property)),
        Collection(kind: .tag, path: "tags", body: MetadefSchemas.body(MetadefSchemas.tag)),
    ]

    var operations: [Operation] {
        MetadefSchemas.documents.map { path, document in
            Operation(.get, "/schemas/metadefs/\(path)") { _ in .json(document) }
        } + namespaceOperations + resourceTypeOperations + Self.collections.flatMap { operations($0) } + tagOperations
    }

    // MARK: Namespaces

    private var namespaceOperations: [Operation] {
        let body = MetadefSchemas.body(MetadefSchemas.namespace)
        return [
            Operation(.get, "/metadefs/namespaces", policy: ImagePolicies.getNamespaces) { try await list($0) },
            Operation(
                .post, "/metadefs/namespaces", policy: ImagePolicies.modifyMetadef, body: body, success: .created
            ) { try await create($0) },
            Operation(.get, "/metadefs/namespaces/{namespace}") { request in
                let namespace = try await find(request)
                return .json(MetadefView.namespace(namespace, contents: try await store.contents(namespace.namespace)))
            },
            Operation(.put, "/metadefs/namespaces/{namespace}", policy: ImagePolicies.modifyMetadef, body: body) {
                request in
                let current = try await find(request)
                let changed = namespace(request, createdAt: current.createdAt)
                guard try await store.replace(current.name, in: current.namespace, with: changed) else {
                    throw Self.notFound("Namespace", current.namespace)
                }
                return .json(MetadefView.namespace(changed))
            },
            Operation(
                .delete, "/metadefs/namespaces/{namespace}", policy: ImagePolicies.modifyMetadef, success: .noContent
            ) { request in
                let current = try await find(request)
                guard !current.isProtected else {
                    throw ServiceError(
                        .forbidden,
                        "Metadata definition namespace \(current.namespace) is protected and cannot be deleted.")
                }
                try await store.deleteNamespace(current.namespace)
                return .empty()
            },
        ]
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let paging = try Paging(
            request.query, maxLimit: core.options.maxPageLimit, defaultLimit: core.options.pageLimit)
        let limit = paging.limit ?? core.options.pageLimit
        let found = try await store.namespaces(
            request.context.projectID, isAdmin: request.context.hasRole("admin"),
            visibility: request.query.last("visibility"), after: paging.marker, limit: limit)
        var document: [String: JSONValue] = [
            "namespaces": .array(found.map { MetadefView.namespace($0) }), "first": "/v2/metadefs/namespaces",
            "schema": "/v2/schemas/metadefs/namespaces",
        ]
        if let last = found.last, found.count == limit {
            let query = request.query.encoded(replacing: [("marker", last.namespace)])
            document["next"] = .string("/v2/metadefs/namespaces?\(query)")
        }
        return .json(.object(document))
    }

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let now = core.clock.now()
        let parent = namespace(request, createdAt: now)
        var items = [parent]
        for (key, kind) in [
            ("resource_type_associations", Metadef.Kind.resourceType), ("objects", .object), ("tags", .tag),
        ] {
            for body in request.body[key]?.array ?? [] {
                items.append(item(parent.namespace, kind, body["name"]?.string ?? "", body, createdAt: now))
            }
        }
        for (name, body) in request.body["properties"]?.object ?? [:] {
            items.append(item(parent.namespace, .property, name, body, createdAt: now))
        }
        try await insert(items, "The metadata definition namespace=\(parent.namespace) already exists.")
        return .json(
            MetadefView.namespace(parent, contents: items),
            headers: [.location: "\(request.endpoint)/v2/metadefs/namespaces/\(PercentCoding.encode(parent.namespace))"]
        )
    }

    // MARK: Resource types

    private var resourceTypeOperations: [Operation] {
        let path = "/metadefs/namespaces/{namespace}/resource_types"
        return [
            Operation(.get, "/metadefs/resource_types", policy: ImagePolicies.getNamespaces) { _ in
                let epoch = Date(timeIntervalSince1970: 0).iso8601
                return .json([
                    "resource_types": .array(
                        Self.resourceTypes.map {
                            ["name": .string($0), "created_at": .string(epoch), "updated_at": .string(epoch)]
                        })
                ])
            },
            Operation(.get, path) { request in
                let namespace = try await find(request)
                let found = try await store.list(namespace.namespace, .resourceType)
                return .json(["resource_type_associations": .array(found.map(MetadefView.view))])
            },
            Operation(
                .post, path, policy: ImagePolicies.modifyMetadef,
                body: MetadefSchemas.body(MetadefSchemas.resourceType),
                success: .created
            ) { request in try await add(request, .resourceType) },
            Operation(.delete, "\(path)/{name}", policy: ImagePolicies.modifyMetadef, success: .noContent) { request in
                try await remove(request, .resourceType)
            },
        ]
    }

    // MARK: Objects, properties, tags

    private func operations(_ collection: Collection) -> [Operation] {
        let path = "/metadefs/namespaces/{namespace}/\(collection.path)"
        let kind = collection.kind
        var operations = [
            Operation(.get, path) { request in
                let namespace = try await find(request)
                let found = try await store.list(namespace.namespace, kind)
                // Properties are listed by name, everything else in an array.
                let items: JSONValue =
                    kind == .property
                    ? .object(Dictionary(found.map { ($0.name, MetadefView.view($0)) }, uniquingKeysWith: { $1 }))
                    : .array(found.map(MetadefView.view))
                return .json([
                    collection.path: items, "first": .string(request.path),
                    "schema": .string("/v2/schemas/metadefs/\(collection.path)"),
                ])
            },
            Operation(.delete, path, policy: ImagePolicies.modifyMetadef, success: .noContent) { request in
                let namespace = try await findUnprotected(request)
                try await store.deleteAll(namespace.namespace, kind)
                return .empty()
            },
            Operation(.get, "\(path)/{name}") { request in
                let namespace = try await find(request)
                let name = try request.parameter("name")
                guard let item = try await store.find(namespace.namespace, kind, name) else {
                    throw Self.notFound(kind.rawValue, name)
                }
                return .json(MetadefView.view(item))
            },
            Operation(
                .put, "\(path)/{name}", policy: ImagePolicies.modifyMetadef, body: collection.body
            ) { request in
                let namespace = try await find(request)
                let name = try request.parameter("name")
                guard let current = try await store.find(namespace.namespace, kind, name) else {
                    throw Self.notFound(kind.rawValue, name)
                }
                let changed = item(
                    namespace.namespace, kind, request.body["name"]?.string ?? name, request.body,
                    createdAt: current.createdAt)
                guard try await store.replace(name, in: namespace.namespace, with: changed) else {
                    throw Self.notFound(kind.rawValue, name)
                }
                return .json(MetadefView.view(changed))
            },
            Operation(.delete, "\(path)/{name}", policy: ImagePolicies.modifyMetadef, success: .noContent) { request in
                try await remove(request, kind)
            },
        ]
        if kind != .tag {
            operations.append(
                Operation(.post, path, policy: ImagePolicies.modifyMetadef, body: collection.body, success: .created) {
                    try await add($0, kind)
                })
        }
        return operations
    }

    /// Tags are made by name, or all at once, replacing those that are there.
    private var tagOperations: [Operation] {
        let path = "/metadefs/namespaces/{namespace}/tags"
        return [
            Operation(.post, "\(path)/{name}", policy: ImagePolicies.modifyMetadef, success: .created) { request in
                let namespace = try await find(request)
                let name = try request.parameter("name")
                guard name.unicodeScalars.count <= 80 else {
                    throw ServiceError(.badRequest, "A tag's name may have at most 80 characters.")
                }
                let made = item(namespace.namespace, .tag, name, [:], createdAt: core.clock.now())
                try await insert(
                    [made], "A metadata tag with name=\(name) already exists in namespace=\(namespace.namespace).")
                return .json(MetadefView.view(made))
            },
            Operation(.post, path, policy: ImagePolicies.modifyMetadef, success: .created) { request in
                let namespace = try await find(request)
                guard let tags = request.body["tags"]?.array else {
                    throw ServiceError(.badRequest, "'tags' is a required property")
                }
                let now = core.clock.now()
                let made = try tags.map { tag in
                    guard let name = tag["name"]?.string, !name.isEmpty, name.unicodeScalars.count <= 80 else {
                        throw ServiceError(.badRequest, "Each tag needs a name of at most 80 characters.")
                    }
                    return item(namespace.namespace, .tag, name, [:], createdAt: now)
                }
                if request.headers[HTTPField.Name("X-Openstack-Append") ?? .accept]?.lowercased() != "true" {
                    try await store.deleteAll(namespace.namespace, .tag)
                }
                try await insert(made, "A metadata tag already exists in namespace=\(namespace.namespace).")
                return .json(["tags": .array(made.map { ["name": .string($0.name)] })])
            },
        ]
    }

    // MARK: Shared

    private func add(_ request: APIRequest, _ kind: Metadef.Kind) async throws -> APIResponse {
        let namespace = try await find(request)
        let name = request.body["name"]?.string ?? ""
        let made = item(namespace.namespace, kind, name, request.body, createdAt: core.clock.now())
        try await insert(
            [made],
            "A metadata definition \(kind.rawValue) with name=\(name) already exists in namespace=\(namespace.namespace)."
        )
        return .json(MetadefView.view(made))
    }

    private func remove(_ request: APIRequest, _ kind: Metadef.Kind) async throws -> APIResponse {
        let namespace = try await findUnprotected(request)
        let name = try request.parameter("name")
        guard try await store.delete(namespace.namespace, kind, name) else { throw Self.notFound(kind.rawValue, name) }
        return .empty()
    }

    private func insert(_ items: [Metadef], _ conflict: String) async throws {
        do {
            try await store.insert(items)
        } catch let error as ServiceError where error.code == .conflict {
            throw ServiceError(.conflict, conflict, cause: error)
        }
    }

    /// The namespace in the path, if the caller may see it.
    private func find(_ request: APIRequest) async throws -> Metadef {
        let name = try request.parameter("namespace")
        guard let found = try await store.find(name, .namespace, name) else { throw Self.notFound("Namespace", name) }
        let target = ["project_id": found.owner?.rawValue, "visibility": found.visibility]
        try request.authorizeOrHide(
            ImagePolicies.getNamespace, target: target, notFound: Self.notFound("Namespace", name).message)
        return found
    }

    private func findUnprotected(_ request: APIRequest) async throws -> Metadef {
        let found = try await find(request)
        guard !found.isProtected else {
            throw ServiceError(.forbidden, "Metadata definition namespace \(found.namespace) is protected.")
        }
        return found
    }

    private func namespace(_ request: APIRequest, createdAt: Date) -> Metadef {
        let body = request.body
        let name = body["namespace"]?.string ?? ""
        var kept: [String: JSONValue] = [:]
        for key in ["display_name", "description"] { if let value = body[key] { kept[key] = value } }
        return Metadef(
            namespace: name, kind: .namespace, name: name,
            owner: body["owner"]?.string.map { ProjectID($0) } ?? request.context.projectID,
            visibility: body["visibility"]?.string ?? "private", isProtected: body["protected"]?.bool ?? false,
            body: .object(kept), createdAt: createdAt, updatedAt: core.clock.now())
    }

    private func item(
        _ namespace: String, _ kind: Metadef.Kind, _ name: String, _ body: JSONValue, createdAt: Date
    ) -> Metadef {
        var members = body.object ?? [:]
        for key in ["name", "self", "schema", "created_at", "updated_at"] { members[key] = nil }
        return Metadef(
            namespace: namespace, kind: kind, name: name, owner: nil, visibility: nil, isProtected: false,
            body: .object(members), createdAt: createdAt, updatedAt: core.clock.now())
    }

    private static func notFound(_ what: String, _ name: String) -> ServiceError {
        ServiceError(.notFound, "Metadata definition \(what) \(name) could not be found.")
    }
}
