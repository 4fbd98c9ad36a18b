package import WebAPI

extension IdentityPolicies {
    package static let getRole = PolicyRule(
        "identity:get_role",
        default: """
            (rule:admin_required or (role:reader and system_scope:all)) or (role:manager and \
            rule:domain_managed_target_role)
            """, scopes: .all)
    package static let listRoles = PolicyRule(
        "identity:list_roles",
        default: """
            (rule:admin_required or (role:reader and system_scope:all)) or (role:manager and not \
            domain_id:None)
            """, scopes: .all)
    package static let createRole = PolicyRule("identity:create_role", default: admin, scopes: .systemAndProject)
    package static let updateRole = PolicyRule("identity:update_role", default: admin, scopes: .systemAndProject)
    package static let deleteRole = PolicyRule("identity:delete_role", default: admin, scopes: .systemAndProject)
    package static let getDomainRole = PolicyRule(
        "identity:get_domain_role", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listDomainRoles = PolicyRule(
        "identity:list_domain_roles", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createDomainRole = PolicyRule(
        "identity:create_domain_role", default: admin, scopes: .systemAndProject)
    package static let updateDomainRole = PolicyRule(
        "identity:update_domain_role", default: admin, scopes: .systemAndProject)
    package static let deleteDomainRole = PolicyRule(
        "identity:delete_domain_role", default: admin, scopes: .systemAndProject)

    static let rolesRules: [PolicyRule] = [
        getRole, listRoles, createRole, updateRole, deleteRole, getDomainRole, listDomainRoles, createDomainRole,
        updateDomainRole, deleteDomainRole,
    ]
}
