import Core
import HTTPTypes
import WebAPI

/// Logins behind a proxy that has sent the user to an identity provider and back.
struct FederatedLoginController {
    let authentication: AuthenticationService
    let providers: IdentityProviderService
    let documents: TokenDocuments

    var operations: [Operation] {
        let provider = "/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}"
        return [HTTPRequest.Method.get, .post].flatMap { method in
            [
                Operation(
                    method, provider + "/auth", success: .created, auth: .none, rawBody: true, handler: issue),
                Operation(method, "/auth\(provider)/websso", auth: .none, rawBody: true) { request in
                    try await login(
                        request, try request.id("idp_id"), try request.id("protocol_id"))
                },
                Operation(method, "/auth/OS-FEDERATION/websso/{protocol_id}", auth: .none, rawBody: true) { request in
                    let id: FederationProtocolID = try request.id("protocol_id")
                    return try await login(request, try await namedProvider(request, id), id)
                },
            ]
        }
    }

    /// For programs: a token without scope.
    @Sendable private func issue(_ request: APIRequest) async throws -> APIResponse {
        let issued = try await authenticate(request, try request.id("idp_id"), try request.id("protocol_id"))
        return try await documents.response(issued.token, issued.text, request, status: .created)
    }

    private func authenticate(
        _ request: APIRequest, _ provider: IdentityProviderID, _ way: FederationProtocolID
    ) async throws -> TokenService.Issued {
        let mapped = AuthRequest.Mapped(
            identityProvider: provider, protocolID: way, method: Self.method(way))
        do {
            return try await authentication.authenticate(
                AuthRequest(mapped), AuthEvidence(request, authentication.env.federation))
        } catch is MultiFactorRequired {
            throw ServiceError.unauthenticated("the user's rules ask for more than the identity provider")
        }
    }

    /// Protocols are often named for their method; any other name stands for `mapped`.
    private static func method(_ way: FederationProtocolID) -> AuthMethods {
        switch AuthMethods(name: way.rawValue) {
        case .openID?: .openID
        case .saml2?: .saml2
        default: .mapped
        }
    }

    // MARK: Dashboards

    /// A page that hands a token to the dashboard, which must be one that is trusted.
    private func login(
        _ request: APIRequest, _ provider: IdentityProviderID, _ way: FederationProtocolID
    ) async throws -> APIResponse {
        guard let origin = request.query.first("origin") else {
            throw ServiceError(.badRequest, "Request must have an origin query parameter")
        }
        guard authentication.env.federation.trustedDashboards.contains(origin) else {
            throw ServiceError(.unauthorized, "\(origin) is not a trusted dashboard host")
        }
        let issued = try await authenticate(request, provider, way)
        return .text(
            Self.page(origin, issued.text), contentType: "text/html; charset=utf-8",
            headers: [.cacheControl: "no-store"])
    }

    /// The provider that the assertion names, for a login page that asks for none.
    private func namedProvider(_ request: APIRequest, _ way: FederationProtocolID) async throws -> IdentityProviderID {
        let evidence = AuthEvidence(request, authentication.env.federation)
        guard let found = try await providers.find(named: evidence.assertion, by: way) else {
            throw ServiceError(.unauthorized, "Missing entity ID from environment")
        }
        return found
    }

    private static func page(_ origin: String, _ token: String) -> String {
        """
        <!DOCTYPE html>
        <html>
          <head><title>Signing in</title></head>
          <body>
            <form id="sso" name="sso" action="\(escaped(origin))" method="post">
              Please wait...<br/>
              <input type="hidden" name="token" id="token" value="\(escaped(token))"/>
              <noscript><input type="submit" name="submit_no_javascript" value="Continue"/></noscript>
            </form>
            <script>window.onload = function() { document.forms['sso'].submit(); }</script>
          </body>
        </html>
        """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;")
    }
}
