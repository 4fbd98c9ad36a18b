package import WebAPI

extension IdentityPolicies {
    package static let authorizeRequestToken = PolicyRule(
        "identity:authorize_request_token", default: admin, scopes: [.project])
    package static let getAccessToken = PolicyRule(
        "identity:get_access_token", default: admin, scopes: [.project])
    package static let getAccessTokenRole = PolicyRule(
        "identity:get_access_token_role", default: admin, scopes: [.project])
    package static let listAccessTokens = PolicyRule(
        "identity:list_access_tokens", default: admin, scopes: [.project])
    package static let listAccessTokenRoles = PolicyRule(
        "identity:list_access_token_roles", default: admin, scopes: [.project])
    package static let deleteAccessToken = PolicyRule(
        "identity:delete_access_token", default: admin, scopes: [.project])

    static let accessTokensRules: [PolicyRule] = [
        authorizeRequestToken, getAccessToken, getAccessTokenRole, listAccessTokens, listAccessTokenRoles,
        deleteAccessToken,
    ]
}
