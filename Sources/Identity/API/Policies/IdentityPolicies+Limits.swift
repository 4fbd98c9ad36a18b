package import WebAPI

extension IdentityPolicies {
    package static let getLimitModel = PolicyRule("identity:get_limit_model", default: "@", scopes: .all)
    package static let getLimit = PolicyRule(
        "identity:get_limit",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            (domain_id:%(target.limit.domain.id)s or domain_id:%(target.limit.project.domain_id)s) or \
            (project_id:%(target.limit.project_id)s and not None:%(target.limit.project_id)s)
            """, scopes: .all)
    package static let listLimits = PolicyRule("identity:list_limits", default: "@", scopes: .all)
    package static let createLimits = PolicyRule("identity:create_limits", default: admin, scopes: .systemAndProject)
    package static let updateLimit = PolicyRule("identity:update_limit", default: admin, scopes: .systemAndProject)
    package static let deleteLimit = PolicyRule("identity:delete_limit", default: admin, scopes: .systemAndProject)

    static let limitsRules: [PolicyRule] = [
        getLimitModel, getLimit, listLimits, createLimits, updateLimit, deleteLimit,
    ]
}
