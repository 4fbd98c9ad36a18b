package import WebAPI

extension IdentityPolicies {
    package static let adminRequired = PolicyRule("admin_required", default: "role:admin or is_admin:1")
    package static let serviceRole = PolicyRule("service_role", default: "role:service")
    package static let serviceOrAdmin = PolicyRule(
        "service_or_admin", default: "rule:admin_required or rule:service_role")
    package static let owner = PolicyRule("owner", default: "user_id:%(user_id)s")
    package static let adminOrOwner = PolicyRule("admin_or_owner", default: "rule:admin_required or rule:owner")
    package static let tokenSubject = PolicyRule("token_subject", default: "user_id:%(target.token.user_id)s")
    package static let adminOrTokenSubject = PolicyRule(
        "admin_or_token_subject", default: "rule:admin_required or rule:token_subject")
    package static let serviceAdminOrTokenSubject = PolicyRule(
        "service_admin_or_token_subject", default: "rule:service_or_admin or rule:token_subject")
    package static let domainManagedTargetRole = PolicyRule(
        "domain_managed_target_role",
        default: """
            'manager':%(target.role.name)s or 'member':%(target.role.name)s or \
            'reader':%(target.role.name)s
            """)

    static let baseRules: [PolicyRule] = [
        adminRequired, serviceRole, serviceOrAdmin, owner, adminOrOwner, tokenSubject, adminOrTokenSubject,
        serviceAdminOrTokenSubject, domainManagedTargetRole,
    ]
}
