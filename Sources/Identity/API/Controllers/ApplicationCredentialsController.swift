import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/v3/users/{user_id}/application_credentials` and `…/access_rules`.
struct ApplicationCredentialsController {
    let credentials: ApplicationCredentialService

    var operations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/users/{user_id}/application_credentials"
        let rules = "/users/{user_id}/access_rules"
        return [
            Operation(.get, path) { request in
                try request.enforce(Rules.listApplicationCredentials)
                let found = try await credentials.list(
                    of: try request.id("user_id"), name: request.query.first("name"))
                let roles = try await credentials.roles(found.flatMap(\.roles))
                return View(request).collection("application_credentials", found) {
                    write($1, roles, secret: nil, request, &$0)
                }
            },
            Operation(
                .post, path, body: IdentitySchemas.applicationCredential, success: .created, handler: create),
            Operation(.get, path + "/{application_credential_id}") { request in
                try request.enforce(Rules.getApplicationCredential)
                let id: ApplicationCredentialID = try request.id("application_credential_id")
                guard let found = try await credentials.find(id, of: try request.id("user_id")) else {
                    throw NotFound.applicationCredential(id)
                }
                let roles = try await credentials.roles(found.roles)
                return View(request).member("application_credential") {
                    write(found, roles, secret: nil, request, &$0)
                }
            },
            Operation(.delete, path + "/{application_credential_id}", success: .noContent) { request in
                try request.enforce(Rules.deleteApplicationCredential)
                try await refuseRestricted(request)
                try await credentials.delete(
                    try request.id("application_credential_id"), of: try request.id("user_id"), request.context)
                return .empty()
            },
            Operation(.get, rules) { request in
                let user = try owner(request, Rules.listAccessRules)
                let view = View(request)
                return view.collection("access_rules", try await credentials.rules(of: user)) {
                    write($1, view, user, &$0)
                }
            },
            Operation(.get, rules + "/{access_rule_id}") { request in
                let user = try owner(request, Rules.getAccessRule)
                let id: AccessRuleID = try request.id("access_rule_id")
                guard let rule = try await credentials.rule(id, of: user) else {
                    throw NotFound.error("access rule", id)
                }
                let view = View(request)
                return view.member("access_rule") { write(rule, view, user, &$0) }
            },
            Operation(.delete, rules + "/{access_rule_id}", success: .noContent) { request in
                let user = try owner(request, Rules.deleteAccessRule)
                try await refuseRestricted(request)
                try await credentials.deleteRule(try request.id("access_rule_id"), of: user, request.context)
                return .empty()
            },
        ]
    }

    private func owner(_ request: APIRequest, _ rule: PolicyRule) throws -> UserID {
        let user: UserID = try request.id("user_id")
        try request.enforce(rule, ["target.user.id": user.rawValue])
        return user
    }

    /// Only an unrestricted credential may make or delete others; a trust never.
    private func refuseRestricted(_ request: APIRequest) async throws {
        let refusal = ServiceError(
            .forbidden,
            "You are not authorized to perform the requested action: Using method 'application_credential' is not "
                + "allowed for managing additional application credentials.")
        guard request.token?.trustID == nil else { throw refusal }
        guard let id = request.token?.applicationCredentialID else {
            guard !request.isDelegated else { throw refusal }
            return
        }
        let own = try await credentials.find(ApplicationCredentialID(id), of: try request.caller)
        guard own?.isUnrestricted == true else { throw refusal }
    }

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        try request.enforce(IdentityPolicies.createApplicationCredential)
        try await refuseRestricted(request)
        let body = try request.member("application_credential")
        guard let project = request.context.projectID else {
            throw ServiceError(.badRequest, "An application credential needs a project-scoped token.")
        }
        var expiresAt: Date?
        if let text = body["expires_at"]?.string {
            guard let date = Date(iso8601: text) else {
                throw ServiceError(.badRequest, "expires_at is not a valid time: \(text)")
            }
            expiresAt = date
        }
        let roles = body["roles"]?.array ?? []
        let roleIDs = roles.compactMap { $0["id"]?.string.map { RoleID($0) } }
        let (made, secret) = try await credentials.create(
            ApplicationCredentialService.Request(
                userID: try request.id("user_id"), projectID: project, name: body["name"]?.string ?? "",
                description: body["description"]?.string, secret: body["secret"]?.string,
                isUnrestricted: body["unrestricted"]?.bool ?? false, expiresAt: expiresAt,
                roleIDs: roleIDs.isEmpty ? nil : roleIDs,
                roleNames: roles.compactMap { $0["id"] == nil ? $0["name"]?.string : nil },
                tokenRoles: request.context.roles,
                accessRules: body["access_rules"]?.array?.map { rule in
                    (
                        id: rule["id"]?.string.map { AccessRuleID($0) },
                        rule: AccessRule(
                            id: credentials.env.newID(), service: rule["service"]?.string ?? "",
                            path: rule["path"]?.string ?? "", method: rule["method"]?.string ?? "")
                    )
                }), request.context)
        let shown = try await credentials.roles(made.roles)
        return View(request).member("application_credential") {
            write(made, shown, secret: secret, request, &$0)
        }
    }

    // MARK: Views

    private func write(
        _ credential: ApplicationCredential, _ roles: [Role], secret: String?, _ request: APIRequest,
        _ json: inout JSONWriter
    ) {
        json.object {
            $0.field("id", credential.id)
            $0.field("name", credential.name)
            $0.field("description", credential.description)
            $0.field("user_id", credential.userID)
            $0.field("project_id", credential.projectID)
            $0.field("system", String?.none)
            $0.field("expires_at", credential.expiresAt?.iso8601Micro)
            $0.field("unrestricted", credential.isUnrestricted)
            if let secret { $0.field("secret", secret) }
            $0.array("roles", roles.filter { credential.roles.contains($0.id) }) { json, role in
                json.object {
                    $0.field("id", role.id)
                    $0.field("name", role.name)
                    $0.field("domain_id", role.domainID)
                    $0.field("description", role.description)
                    $0.field("options", .object(role.options))
                }
            }
            if let rules = credential.accessRules {
                $0.array("access_rules", rules) { json, rule in
                    json.object {
                        $0.field("id", rule.id)
                        $0.field("service", rule.service)
                        $0.field("path", rule.path)
                        $0.field("method", rule.method)
                    }
                }
            }
            View(request).selfLink(&$0, "/users/\(credential.userID)/application_credentials/\(credential.id)")
        }
    }

    private func write(_ rule: AccessRule, _ view: View, _ user: UserID, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", rule.id)
            $0.field("service", rule.service)
            $0.field("path", rule.path)
            $0.field("method", rule.method)
            view.selfLink(&$0, "/users/\(user)/access_rules/\(rule.id)")
        }
    }
}
