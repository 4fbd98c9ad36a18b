package import WebAPI

extension IdentityPolicies {
    package static let getDomain = PolicyRule(
        "identity:get_domain",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            token.domain.id:%(target.domain.id)s or token.project.domain.id:%(target.domain.id)s
            """, scopes: .all)
    package static let listDomains = PolicyRule(
        "identity:list_domains",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.domain.id)s)
            """, scopes: .all)
    package static let createDomain = PolicyRule("identity:create_domain", default: admin, scopes: .systemAndProject)
    package static let updateDomain = PolicyRule("identity:update_domain", default: admin, scopes: .systemAndProject)
    package static let deleteDomain = PolicyRule("identity:delete_domain", default: admin, scopes: .systemAndProject)

    static let domainsRules: [PolicyRule] = [
        getDomain, listDomains, createDomain, updateDomain, deleteDomain,
    ]
}
