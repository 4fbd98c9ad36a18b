package import WebAPI

extension IdentityPolicies {
    package static let getAuthCatalog = PolicyRule("identity:get_auth_catalog", default: "@")
    package static let getAuthProjects = PolicyRule("identity:get_auth_projects", default: "@")
    package static let getAuthDomains = PolicyRule("identity:get_auth_domains", default: "@")
    package static let getAuthSystem = PolicyRule("identity:get_auth_system", default: "@")

    static let authRules: [PolicyRule] = [
        getAuthCatalog, getAuthProjects, getAuthDomains, getAuthSystem,
    ]
}
