package import WebAPI

extension IdentityPolicies {
    package static let createDomainConfig = PolicyRule(
        "identity:create_domain_config", default: admin, scopes: .systemAndProject)
    package static let getDomainConfig = PolicyRule(
        "identity:get_domain_config", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let getSecurityComplianceDomainConfig = PolicyRule(
        "identity:get_security_compliance_domain_config", default: "@", scopes: .all)
    package static let updateDomainConfig = PolicyRule(
        "identity:update_domain_config", default: admin, scopes: .systemAndProject)
    package static let deleteDomainConfig = PolicyRule(
        "identity:delete_domain_config", default: admin, scopes: .systemAndProject)
    package static let getDomainConfigDefault = PolicyRule(
        "identity:get_domain_config_default", default: adminOrSystemReader, scopes: .systemAndProject)

    static let domainConfigurationRules: [PolicyRule] = [
        createDomainConfig, getDomainConfig, getSecurityComplianceDomainConfig, updateDomainConfig,
        deleteDomainConfig, getDomainConfigDefault,
    ]
}
