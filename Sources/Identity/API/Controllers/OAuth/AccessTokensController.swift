import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/v3/users/{user_id}/OS-OAUTH1/access_tokens`: what a user has granted to consumers, without the secrets.
struct AccessTokensController {
    let oauth: OAuthService

    var operations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/users/{user_id}/OS-OAUTH1/access_tokens"
        return [
            Operation(.get, path, policy: Rules.listAccessTokens) { request in
                try refuseDelegated(request)
                let found = try await oauth.list(of: try request.id("user_id"))
                return View(request).collection("access_tokens", found) { write($1, request, &$0) }
            },
            Operation(.get, path + "/{access_token_id}", policy: Rules.getAccessToken) { request in
                try refuseDelegated(request)
                let token = try await find(request)
                return View(request).member("access_token") { write(token, request, &$0) }
            },
            Operation(
                .delete, path + "/{access_token_id}", policy: Rules.deleteAccessToken, success: .noContent
            ) { request in
                try refuseDelegated(request)
                try await oauth.delete(
                    try request.id("access_token_id"), of: try request.id("user_id"), request.context)
                return .empty()
            },
            Operation(.get, path + "/{access_token_id}/roles", policy: Rules.listAccessTokenRoles) { request in
                let roles = try await oauth.roles(try await find(request).roles)
                let view = View(request)
                return view.collection("roles", roles) { view.write($1, &$0) }
            },
            Operation(.get, path + "/{access_token_id}/roles/{role_id}", policy: Rules.getAccessTokenRole) { request in
                let id: RoleID = try request.id("role_id")
                let roles = try await oauth.roles(try await find(request).roles)
                guard let role = roles.first(where: { $0.id == id }) else { throw NotFound.role(id) }
                let view = View(request)
                return view.member("role") { view.write(role, &$0) }
            },
        ]
    }

    private func refuseDelegated(_ request: APIRequest) throws {
        try request.refuseDelegated("Using a delegated token is not allowed for managing access tokens")
    }

    private func find(_ request: APIRequest) async throws -> OAuthAccessToken {
        try await oauth.find(try request.id("access_token_id"), of: try request.id("user_id"))
    }

    private func write(_ token: OAuthAccessToken, _ request: APIRequest, _ json: inout JSONWriter) {
        let path = "\(request.baseURL)/users/\(token.authorizingUserID)/OS-OAUTH1/access_tokens/\(token.id)"
        json.object {
            $0.field("id", token.id)
            $0.field("consumer_id", token.consumerID)
            $0.field("authorizing_user_id", token.authorizingUserID)
            $0.field("project_id", token.projectID)
            $0.field("expires_at", token.expiresAt?.iso8601MicroZ)
            $0.field("links") {
                $0.object {
                    $0.field("self", path)
                    $0.field("roles", path + "/roles")
                }
            }
        }
    }
}
