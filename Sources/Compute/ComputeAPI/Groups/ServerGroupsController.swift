import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/os-server-groups`.
struct ServerGroupsController: Sendable {
    private let env: ComputeEnvironment
    private static let policies: JSONValue = ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"]

    init(_ environment: ComputeEnvironment) { env = environment }

    private static let name: JSONValue = ["type": "string", "minLength": 1, "maxLength": 255, "format": "name"]

    /// One of a list before 2.64; soft policies since 2.15.
    private static func schema(at version: Microversion) -> JSONSchema {
        let allowed: JSONValue = version >= "2.15" ? policies : ["anti-affinity", "affinity"]
        let group: JSONValue
        if version >= "2.64" {
            group = [
                "type": "object", "required": ["name", "policy"], "additionalProperties": false,
                "properties": [
                    "name": name, "policy": ["type": "string", "enum": allowed],
                    "rules": [
                        "type": "object", "additionalProperties": false,
                        "properties": [
                            "max_server_per_host": [
                                "type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1,
                            ]
                        ],
                    ],
                ],
            ]
        } else {
            group = [
                "type": "object", "required": ["name", "policies"], "additionalProperties": false,
                "properties": [
                    "name": name,
                    "policies": ["type": "array", "items": ["enum": allowed], "minItems": 1, "maxItems": 1],
                ],
            ]
        }
        return JSONSchema([
            "type": "object", "properties": ["server_group": group], "required": ["server_group"],
            "additionalProperties": false,
        ])
    }

    var operations: [Operation] {
        [
            Operation(.get, "/os-server-groups", policy: ComputePolicy.groupIndex) { [self] in try await list($0) },
            Operation(
                .post, "/os-server-groups", policy: ComputePolicy.groupCreate,
                bodies: (["2.1", "2.15", "2.64"] as [Microversion]).map {
                    BodySchema(since: $0, Self.schema(at: $0))
                }
            ) { [self] in try await create($0) },
            Operation(.get, "/os-server-groups/{id}") { [self] request in
                Self.answer(try await find(request, ComputePolicy.groupShow), request)
            },
            Operation(.delete, "/os-server-groups/{id}", success: .noContent) { [self] request in
                let group = try await find(request, ComputePolicy.groupDelete)
                _ = try await ServerGroupStore.delete(group.id, in: env.database)
                return .empty()
            },
        ]
    }

    private func find(_ request: APIRequest, _ rule: PolicyRule) async throws -> ServerGroup {
        let id = try request.parameter("id")
        guard let group = try await ServerGroupStore.find(id, in: env.database),
            group.project == request.context.projectID || request.isAdmin
        else { throw ServiceError(.notFound, "Instance group \(id) could not be found.") }
        try request.authorize(rule, target: ["project_id": group.project.rawValue, "user_id": group.user.rawValue])
        return group
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let isAll = request.query.has("all_projects") && request.isAllowed(ComputePolicy.groupIndexAll)
        let paging = try Paging(request.query, maxLimit: env.options.maxLimit)
        let offset = max(0, request.query.last("offset").flatMap { Int($0) } ?? 0)
        let groups = try await ServerGroupStore.list(
            of: isAll ? nil : request.context.projectID, offset: offset, limit: paging.limit ?? 1000,
            in: env.database)
        return .json { json in
            json.object {
                $0.field("server_groups") { $0.array(groups) { Self.write(&$0, $1, request.version) } }
            }
        }
    }

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let owner = try request.owner()
        let body = request.body["server_group"] ?? .null
        let policy = body["policy"]?.string ?? body["policies"]?[0]?.string ?? ""
        let rules = body["rules"]?.object ?? [:]
        if !rules.isEmpty, policy != "anti-affinity" {
            throw ServiceError(.badRequest, "Only anti-affinity policy supports rules.")
        }
        let group = ServerGroup(
            id: env.ids.uuid(), project: owner.project, user: owner.user, name: body["name"]?.string ?? "",
            policy: policy, rules: rules)
        let now = env.clock.now()
        let defaults = env.quotas
        try await env.database.transaction("create-server-group") { transaction in
            try QuotaStore.lock(owner.project, in: transaction)
            let limit =
                try QuotaStore.limits(of: owner.project, in: transaction)["server_groups"]
                ?? defaults.value("server_groups")
            let count = try ServerGroupStore.count(of: owner.project, in: transaction)
            guard limit < 0 || count < limit else {
                throw ServiceError(.overQuota, "Quota exceeded, too many server groups.")
            }
            try ServerGroupStore.insert(group, at: now, in: transaction)
        }
        return Self.answer(group, request)
    }

    private static func answer(_ group: ServerGroup, _ request: APIRequest) -> APIResponse {
        .json { json in json.object { $0.field("server_group") { write(&$0, group, request.version) } } }
    }

    private static func write(_ json: inout JSONWriter, _ group: ServerGroup, _ version: Microversion) {
        json.object {
            $0.field("id", group.id)
            $0.field("name", group.name)
            $0.field("members", group.members)
            if version >= "2.64" {
                $0.field("policy", group.policy)
                $0.field("rules", .object(group.rules))
            } else {
                $0.field("policies", [group.policy])
                $0.field("metadata", [String: String]())
            }
            if version >= "2.13" {
                $0.field("project_id", group.project)
                $0.field("user_id", group.user)
            }
        }
    }
}
