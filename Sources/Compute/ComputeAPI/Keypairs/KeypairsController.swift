import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/os-keypairs`: the caller's own; administrators may name another user since 2.10.
struct KeypairsController: Sendable {
    private let env: ComputeEnvironment
    private let maker = KeypairMaker()

    init(_ environment: ComputeEnvironment) { env = environment }

    private static func schema(at version: Microversion) -> JSONSchema {
        var properties: [String: JSONValue] = [
            "name": ["type": "string", "minLength": 1, "maxLength": 255], "public_key": ["type": "string"],
        ]
        if version >= "2.2" { properties["type"] = ["type": "string", "enum": ["ssh", "x509"]] }
        if version >= "2.10" { properties["user_id"] = ["type": "string"] }
        return JSONSchema([
            "type": "object",
            "properties": [
                "keypair": [
                    "type": "object", "properties": .object(properties),
                    "required": version >= "2.92" ? ["name", "public_key"] : ["name"],
                    "additionalProperties": version < "2.2" ? true : false,
                ]
            ],
            "required": ["keypair"], "additionalProperties": false,
        ])
    }

    var operations: [Operation] {
        [
            Operation(.get, "/os-keypairs") { [self] in try await list($0) },
            Operation(.get, "/os-keypairs/{name}") { [self] in try await show($0) },
            Operation(
                .post, "/os-keypairs",
                bodies: (["2.1", "2.2", "2.10", "2.92"] as [Microversion]).map {
                    BodySchema(since: $0, Self.schema(at: $0))
                }
            ) { [self] in try await create($0) },
            Operation(.delete, "/os-keypairs/{name}") { [self] request in
                let user = try user(request, request.query.last("user_id"), ComputePolicy.keypairDelete)
                let name = try request.parameter("name")
                guard try await KeypairStore.delete(name, of: user, in: env.database) else {
                    throw Self.missing(name, user)
                }
                return .empty(request.version < "2.2" ? .accepted : .noContent)
            },
        ]
    }

    private static func missing(_ name: String, _ user: UserID) -> ServiceError {
        ServiceError(.notFound, "Keypair \(name) not found for user \(user)")
    }

    private func user(_ request: APIRequest, _ named: String?, _ rule: PolicyRule) throws -> UserID {
        let own = try request.owner().user
        let user = request.version >= "2.10" ? named.map { UserID($0) } ?? own : own
        try request.authorize(rule, target: ["user_id": user.rawValue])
        return user
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let user = try user(request, request.query.last("user_id"), ComputePolicy.keypairIndex)
        let paging = try Paging(request.query, maxLimit: env.options.maxLimit)
        let isPaged = request.version >= "2.35"
        if isPaged, let marker = paging.marker,
            try await KeypairStore.find(marker, of: user, in: env.database) == nil
        {
            throw ServiceError(.badRequest, "marker [\(marker)] not found")
        }
        let limit = isPaged ? paging.limit ?? env.options.maxLimit : env.options.maxLimit
        let keypairs =
            limit == 0
            ? []
            : try await KeypairStore.list(
                of: user, after: isPaged ? paging.marker : nil, limit: limit, in: env.database)
        let next = isPaged && keypairs.count == limit ? keypairs.last?.name : nil
        return .json { json in
            json.object { json in
                json.field("keypairs") {
                    $0.array(keypairs) { json, keypair in
                        json.object {
                            $0.field("keypair") {
                                $0.object { Self.write(&$0, keypair, request.version, showsUser: false) }
                            }
                        }
                    }
                }
                PagingLinks.nova(&json, collection: "keypairs", request: request, nextMarker: next, limit: limit)
            }
        }
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        let user = try user(request, request.query.last("user_id"), ComputePolicy.keypairShow)
        let name = try request.parameter("name")
        guard let keypair = try await KeypairStore.find(name, of: user, in: env.database) else {
            throw Self.missing(name, user)
        }
        return .json { json in
            json.object {
                $0.field("keypair") {
                    $0.object { json in
                        Self.write(&json, keypair, request.version, showsUser: true)
                        json.field("id", Int(keypair.number))
                        json.field("created_at", keypair.createdAt.iso8601Micro)
                        json.field("updated_at", String?.none)
                        json.field("deleted", false)
                        json.field("deleted_at", String?.none)
                    }
                }
            }
        }
    }

    private static func write(
        _ json: inout JSONWriter, _ keypair: Keypair, _ version: Microversion, showsUser: Bool
    ) {
        json.field("name", keypair.name)
        json.field("public_key", keypair.publicKey)
        json.field("fingerprint", keypair.fingerprint)
        if showsUser { json.field("user_id", keypair.user) }
        if version >= "2.2" { json.field("type", keypair.type) }
    }

    private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = request.body["keypair"] ?? .null
        let user = try user(request, body["user_id"]?.string, ComputePolicy.keypairCreate)
        let project = try request.owner().project
        let name = body["name"]?.string ?? ""
        try checkName(name, request.version)
        guard body["type"]?.string ?? "ssh" == "ssh" else {
            throw ServiceError(.badRequest, "Keypairs of type x509 are not supported by this cloud yet.")
        }
        let made = body["public_key"] == nil ? try await maker.make() : nil
        let publicKey = made?.publicKey ?? ServerNames.trimmed(body["public_key"]?.string ?? "")
        let keypair = Keypair(
            user: user, name: name, type: "ssh", fingerprint: try SSHPublicKey(publicKey).fingerprint,
            publicKey: publicKey, createdAt: env.clock.now())
        let defaults = env.quotas
        do {
            try await env.database.transaction("create-keypair") { transaction in
                try QuotaStore.lock(project, in: transaction)
                let limit =
                    try QuotaStore.limits(of: project, in: transaction)["key_pairs"]
                    ?? defaults.value("key_pairs")
                let count = try KeypairStore.count(of: user, in: transaction)
                guard limit < 0 || count < limit else {
                    throw ServiceError(.overQuota, "Quota exceeded, too many key pairs.")
                }
                try KeypairStore.insert(keypair, in: transaction)
            }
        } catch let error as ServiceError where error.duplicateKey == "uq_keypairs_name" {
            throw ServiceError(.conflict, "Key pair '\(name)' already exists.", cause: error)
        }
        return .json(request.version < "2.2" ? .ok : .created) { json in
            json.object {
                $0.field("keypair") {
                    $0.object { json in
                        Self.write(&json, keypair, request.version, showsUser: true)
                        if let made { json.field("private_key", made.privateKey) }
                    }
                }
            }
        }
    }

    private func checkName(_ name: String, _ version: Microversion) throws {
        let extra = version >= "2.92" ? "@._- " : "_- "
        let isSafe = name.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) || extra.unicodeScalars.contains($0)
        }
        guard isSafe, name == ServerNames.trimmed(name), !name.isEmpty else {
            throw ServiceError(
                .badRequest, "Keypair data is invalid: Keypair name contains unsafe characters")
        }
    }
}
