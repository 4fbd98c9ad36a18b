package import WebAPI

extension IdentityPolicies {
    package static let ec2tokensValidate = PolicyRule(
        "identity:ec2tokens_validate", default: "rule:service_or_admin", scopes: .all)

    static let ec2TokensRules: [PolicyRule] = [
        ec2tokensValidate
    ]
}
