import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/v3/users`, and a user's own password.
struct UsersController {
    let users: UserService
    let groups: GroupService

    var operations: [Operation] {
        [
            Operation(.get, "/users", handler: list),
            Operation(.post, "/users", body: IdentitySchemas.user.create, success: .created, handler: create),
            Operation(.get, "/users/{user_id}", handler: show),
            Operation(.patch, "/users/{user_id}", body: IdentitySchemas.user.update, handler: update),
            Operation(.delete, "/users/{user_id}", success: .noContent, handler: delete),
            Operation(.get, "/users/{user_id}/groups", handler: groupsOfUser),
            // The original password is the proof: a token may already have been voided.
            Operation(
                .post, "/users/{user_id}/password", body: IdentitySchemas.password, success: .noContent, auth: .none,
                handler: changePassword),
        ]
    }

    static func policyTarget(_ user: User) -> [String: String?] {
        ["target.user.id": user.id.rawValue, "target.user.domain_id": user.domainID.rawValue]
    }

    private func target(_ request: APIRequest, _ rule: PolicyRule) async throws -> User {
        let id: UserID = try request.id("user_id")
        let user = try await users.find(id)
        try request.enforce(rule, user.map(Self.policyTarget) ?? [:])
        guard let user else { throw NotFound.user(id) }
        return user
    }

    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        let own = request.context.domainID
        try request.enforce(IdentityPolicies.listUsers, own.map { ["target.domain_id": $0.rawValue] } ?? [:])
        var filter = UserFilter()
        filter.domainID = request.query.first("domain_id").map { DomainID($0) }
        let isElsewhere = own != nil && filter.domainID != nil && filter.domainID != own
        if let own { filter.domainID = own }
        filter.isEnabled = request.flag("enabled")
        filter.name = request.textFilters("name")
        filter.passwordExpiry = try Self.passwordExpiry(request)
        filter.idpID = request.query.first("idp_id").map { IdentityProviderID($0) }
        filter.protocolID = request.query.first("protocol_id").map { FederationProtocolID($0) }
        filter.uniqueID = request.query.first("unique_id")
        filter.page = try request.page()
        let found = isElsewhere ? [] : try await users.list(filter)
        let logins = try await users.logins(of: found.map(\.id))
        let view = View(request)
        return view.collection("users", found, page: filter.page, id: \.id.rawValue) {
            view.write($1, logins: logins[$1.id] ?? [], &$0)
        }
    }

    /// `password_expires_at=lt:2026-01-01T00:00:00Z`.
    static func passwordExpiry(_ request: APIRequest) throws -> [DateFilter] {
        try request.query.all("password_expires_at").map { text in
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let comparison = DateFilter.Comparison(rawValue: String(parts[0])),
                let date = Date(iso8601: String(parts[1]))
            else { throw ServiceError(.badRequest, "password_expires_at wants an operator and a time: lt:TIMESTAMP.") }
            return DateFilter(comparison: comparison, date: date)
        }
    }

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("user")
        let given = body["domain_id"]?.string.map { DomainID($0) }
        guard
            let domain = given ?? request.context.domainID ?? request.context.projectDomainID
                ?? request.context.userDomainID
        else { throw ServiceError(.badRequest, "A user needs a domain.") }
        try request.enforce(IdentityPolicies.createUser, ["target.user.domain_id": domain.rawValue])
        let user = User(
            id: users.env.newID(), domainID: domain, name: body["name"]?.string ?? "",
            isEnabled: body["enabled"]?.flag ?? true,
            defaultProjectID: body["default_project_id"]?.string.map { ProjectID($0) },
            options: (body["options"]?.object ?? [:]).filter { !$0.value.isNull },
            extra: body.extra(without: View.userKeys), createdAt: users.env.clock.now(), failedAttempts: 0)
        let made = try await users.create(
            user, password: body["password"]?.string, logins: FederatedLogin.read(body["federated"]) ?? [],
            request.context)
        return try await document(made, request)
    }

    @Sendable private func show(_ request: APIRequest) async throws -> APIResponse {
        try await document(try await target(request, IdentityPolicies.getUser), request)
    }

    @Sendable private func update(_ request: APIRequest) async throws -> APIResponse {
        let user = try await target(request, IdentityPolicies.updateUser)
        let body = try request.member("user")
        try request.checkUnchanged(body, id: user.id.rawValue, domain: user.domainID)
        let password: UserService.PasswordChange =
            switch body["password"] {
            case .some(.string(let text)): .set(text)
            case .some(.null): .remove
            default: .keep
            }
        let enables = body["enabled"]?.flag ?? false
        let updated = try await users.update(
            user.id, password: password, enables: enables, logins: FederatedLogin.read(body["federated"]),
            request.context
        ) { user in
            if let name = body["name"]?.string { user.name = name }
            if let isEnabled = body["enabled"]?.flag { user.isEnabled = isEnabled }
            if let project = body["default_project_id"] {
                user.defaultProjectID = project.string.map { ProjectID($0) }
            }
            if let options = body["options"]?.object { user.options = user.options.applying(options) }
            user.extra.merge(body.extra(without: View.userKeys)) { _, new in new }
        }
        return try await document(updated, request, isUpdate: true)
    }

    private func document(
        _ user: User, _ request: APIRequest, isUpdate: Bool = false
    ) async throws -> APIResponse {
        let logins = try await users.logins(of: [user.id])
        let view = View(request)
        return view.member("user") { json in
            view.write(user, logins: logins[user.id] ?? [], &json) {
                if isUpdate { $0.field("extra", .object(user.extra)) }
            }
        }
    }

    @Sendable private func delete(_ request: APIRequest) async throws -> APIResponse {
        try await users.delete(try await target(request, IdentityPolicies.deleteUser).id, request.context)
        return .empty()
    }

    @Sendable private func groupsOfUser(_ request: APIRequest) async throws -> APIResponse {
        let user = try await target(request, IdentityPolicies.listGroupsForUser)
        var filter = GroupFilter()
        filter.userID = user.id
        filter.name = request.textFilters("name")
        let view = View(request)
        return view.collection("groups", try await groups.list(filter)) { view.write($1, &$0) }
    }

    @Sendable private func changePassword(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("user")
        try await users.changePassword(
            try request.id("user_id"), from: body["original_password"]?.string ?? "",
            to: body["password"]?.string ?? "", request.context)
        return .empty()
    }
}

extension FederatedLogin {
    /// A body's `federated`; nil when it is left out or empty, which takes nothing away.
    static func read(_ value: JSONValue?) -> [FederatedLogin]? {
        guard let providers = value?.array, !providers.isEmpty else { return nil }
        return providers.flatMap { provider in
            (provider["protocols"]?.array ?? []).map {
                FederatedLogin(
                    identityProvider: IdentityProviderID(provider["idp_id"]?.string ?? ""),
                    protocolID: FederationProtocolID($0["protocol_id"]?.string ?? ""),
                    uniqueID: OAuthSignedRequest.encode($0["unique_id"]?.string ?? ""))
            }
        }
    }

    /// By provider, as users show them.
    static func json(_ logins: [FederatedLogin]) -> [JSONValue] {
        Dictionary(grouping: logins, by: \.identityProvider).sorted { $0.key < $1.key }.map { provider, logins in
            [
                "idp_id": .string(provider.rawValue),
                "protocols": .array(
                    logins.map {
                        [
                            "protocol_id": .string($0.protocolID.rawValue), "unique_id": .string($0.uniqueID),
                        ]
                    }),
            ]
        }
    }
}
