import Core
import HTTPTypes
import WebAPI

extension HTTPField.Name {
    static let accessRules = HTTPField.Name("OpenStack-Identity-Access-Rules") ?? .authorization
}

/// `/v3/auth`: tokens, and what one can get with them.
struct AuthController {
    let authentication: AuthenticationService
    let tokens: TokenService
    let catalog: CatalogAdministration
    let assignments: AssignmentService
    private var documents: TokenDocuments { TokenDocuments(catalog: catalog) }

    var operations: [Operation] {
        [
            Operation(
                .post, "/auth/tokens", body: IdentitySchemas.auth, success: .created, auth: .none, handler: issue),
            Operation(.get, "/auth/tokens", handler: validate),
            Operation(.delete, "/auth/tokens", success: .noContent, handler: revoke),
            Operation(.get, "/auth/catalog", policy: IdentityPolicies.getAuthCatalog, handler: showCatalog),
            Operation(.get, "/auth/projects", policy: IdentityPolicies.getAuthProjects, handler: projects),
            Operation(.get, "/auth/domains", policy: IdentityPolicies.getAuthDomains, handler: domains),
            Operation(.get, "/auth/system", policy: IdentityPolicies.getAuthSystem, handler: system),
            Operation(.get, "/OS-FEDERATION/projects", policy: IdentityPolicies.getAuthProjects, handler: projects),
            Operation(.get, "/OS-FEDERATION/domains", policy: IdentityPolicies.getAuthDomains, handler: domains),
            Operation(.get, "/OS-REVOKE/events", policy: IdentityPolicies.listRevokeEvents, handler: events),
        ] + gone
    }

    /// What went with PKI tokens, answered as Keystone does.
    private var gone: [Operation] {
        let message =
            "This API is no longer available due to the removal of support for PKI tokens."
        return [
            Operation(.get, "/auth/tokens/OS-PKI/revoked", auth: .none) { _ in
                throw ServiceError(.gone, "Tokens are not stored, so there is no list of revoked ones.")
            },
            Operation(.get, "/OS-SIMPLE-CERT/ca", auth: .none) { _ in throw ServiceError(.gone, message) },
            Operation(.get, "/OS-SIMPLE-CERT/certificates", auth: .none) { _ in throw ServiceError(.gone, message) },
        ]
    }

    // MARK: Tokens

    @Sendable private func issue(_ request: APIRequest) async throws -> APIResponse {
        let evidence = AuthEvidence(request, tokens.env.federation)
        do {
            let issued = try await authentication.authenticate(try AuthRequest(request.member("auth")), evidence)
            return try await documents.response(issued.token, issued.text, request, status: .created)
        } catch let missing as MultiFactorRequired {
            return documents.response(missing.receipt)
        }
    }

    @Sendable private func validate(_ request: APIRequest) async throws -> APIResponse {
        let window = request.flag("allow_expired") == true ? tokens.env.tokenOptions.allowExpiredWindow : .zero
        let rule = request.method == .head ? IdentityPolicies.checkToken : IdentityPolicies.validateToken
        let (token, text) = try await subject(request, rule, window: window)
        // A service that does not know access rules would let the credential do anything.
        if token.applicationCredential?.accessRules != nil, request.headers[.accessRules] == nil {
            throw ServiceError(.notFound, "Failed to validate token")
        }
        return try await documents.response(token, text, request, status: .ok)
    }

    @Sendable private func revoke(_ request: APIRequest) async throws -> APIResponse {
        let (token, _) = try await subject(request, IdentityPolicies.revokeToken)
        try await tokens.revoke(token, isCascading: request.flag("cascade") ?? true, request.context)
        return .empty(.noContent)
    }

    /// The token asked about. Whether it exists is told only to who may know.
    private func subject(
        _ request: APIRequest, _ rule: PolicyRule, window: Duration = .zero
    ) async throws -> (Token, String) {
        guard let text = request.headers[.subjectToken] else {
            try request.enforce(rule)
            throw ServiceError(.notFound, "No token in the request")
        }
        do {
            let token = try await tokens.validate(text, window: window)
            try request.enforce(rule, ["target.token.user_id": token.user.id.rawValue])
            return (token, text)
        } catch is InvalidToken {
            // Nobody can guess a token, so that there is none may be told to everyone.
            throw ServiceError(.notFound, "Could not find token.")
        }
    }

    // MARK: What one can get

    @Sendable private func showCatalog(_ request: APIRequest) async throws -> APIResponse {
        guard let project = request.context.projectID else {
            throw ServiceError(.forbidden, "A project-scoped token is required to produce a service catalog.")
        }
        let entries = try await catalog.catalog(project: project, user: try request.caller)
        return .json { json in
            json.object {
                $0.field("catalog") { CatalogView.write(entries, &$0) }
                $0.field("links") { $0.object { $0.field("self", request.url) } }
            }
        }
    }

    @Sendable private func projects(_ request: APIRequest) async throws -> APIResponse {
        let view = View(request)
        let groups = tokens.federatedGroups(of: request.headers[.authToken])
        return view.collection("projects", try await assignments.projects(of: try request.caller, and: groups)) {
            view.write($1, &$0)
        }
    }

    @Sendable private func domains(_ request: APIRequest) async throws -> APIResponse {
        let view = View(request)
        let groups = tokens.federatedGroups(of: request.headers[.authToken])
        return view.collection("domains", try await assignments.domains(of: try request.caller, and: groups)) {
            view.writeDomain($1, &$0)
        }
    }

    @Sendable private func system(_ request: APIRequest) async throws -> APIResponse {
        let hasRole = try await assignments.hasSystemRole(try request.caller)
        return .json { json in
            json.object {
                $0.field("system") { json in
                    json.array { json in
                        if hasRole { json.object { $0.field("all", true) } }
                    }
                }
                $0.field("links") { $0.object { $0.field("self", request.url) } }
            }
        }
    }

    @Sendable private func events(_ request: APIRequest) async throws -> APIResponse {
        let text = request.query.first("since")
        guard let since = text.map({ RevocationEventView.date($0) }) ?? RevocationEventView.epoch else {
            throw ServiceError(.badRequest, "invalid date format \(text ?? "")")
        }
        let events = try await tokens.events(since: since)
        return .json { RevocationEventView.write(events, url: request.url, &$0) }
    }
}
