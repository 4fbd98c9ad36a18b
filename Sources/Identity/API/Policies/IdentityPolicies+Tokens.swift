package import WebAPI

extension IdentityPolicies {
    package static let checkToken = PolicyRule(
        "identity:check_token",
        default: "rule:admin_required or (role:reader and system_scope:all) or rule:token_subject", scopes: .all)
    package static let validateToken = PolicyRule(
        "identity:validate_token",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or rule:service_role or \
            rule:token_subject
            """, scopes: .all)
    package static let revokeToken = PolicyRule(
        "identity:revoke_token", default: "rule:admin_required or rule:token_subject", scopes: .all)

    static let tokensRules: [PolicyRule] = [
        checkToken, validateToken, revokeToken,
    ]
}
