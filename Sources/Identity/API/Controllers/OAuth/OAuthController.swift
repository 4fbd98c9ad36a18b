import Core
import HTTPTypes
import WebAPI

/// `/v3/OS-OAUTH1`: how a consumer comes to a user's roles. Requests are signed; there is no token yet.
struct OAuthController {
    let oauth: OAuthService

    var operations: [Operation] {
        [
            Operation(
                .post, "/OS-OAUTH1/request_token", success: .created, auth: .none, rawBody: true,
                handler: requestToken),
            Operation(
                .put, "/OS-OAUTH1/authorize/{request_token_id}", policy: IdentityPolicies.authorizeRequestToken,
                body: IdentitySchemas.authorization, handler: authorize),
            Operation(
                .post, "/OS-OAUTH1/access_token", success: .created, auth: .none, rawBody: true,
                handler: accessToken),
        ]
    }

    @Sendable private func requestToken(_ request: APIRequest) async throws -> APIResponse {
        let token = try await oauth.makeRequestToken(
            OAuthSignedRequest(request), project: request.headers[.requestedProject].map { ProjectID($0) },
            request.context)
        return Self.form(token.id.rawValue, token.secret, token.expiresAt?.iso8601MicroZ)
    }

    @Sendable private func accessToken(_ request: APIRequest) async throws -> APIResponse {
        let token = try await oauth.makeAccessToken(OAuthSignedRequest(request), request.context)
        return Self.form(token.id.rawValue, token.secret, token.expiresAt?.iso8601MicroZ)
    }

    private static func form(_ token: String, _ secret: String, _ expires: String?) -> APIResponse {
        let text =
            "oauth_token=\(token)&oauth_token_secret=\(secret)" + (expires.map { "&oauth_expires_at=\($0)" } ?? "")
        return .text(text, contentType: "application/x-www-form-urlencoded")
    }

    @Sendable private func authorize(_ request: APIRequest) async throws -> APIResponse {
        try request.refuseDelegated("Cannot authorize a request token with a token issued via delegation.")
        let roles = request.body["roles"]?.array ?? []
        let verifier = try await oauth.authorize(
            try request.id("request_token_id"), user: try request.caller,
            roleIDs: roles.compactMap { $0["id"]?.string.map { RoleID($0) } },
            roleNames: roles.filter { $0["id"] == nil }.compactMap { $0["name"]?.string }, request.context)
        return .json(["token": ["oauth_verifier": .string(verifier)]])
    }
}
