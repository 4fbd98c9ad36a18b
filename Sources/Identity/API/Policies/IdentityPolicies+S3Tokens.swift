package import WebAPI

extension IdentityPolicies {
    package static let s3tokensValidate = PolicyRule(
        "identity:s3tokens_validate", default: "rule:service_or_admin", scopes: .all)

    static let s3TokensRules: [PolicyRule] = [
        s3tokensValidate
    ]
}
