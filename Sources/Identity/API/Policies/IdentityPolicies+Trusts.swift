package import WebAPI

extension IdentityPolicies {
    package static let createTrust = PolicyRule(
        "identity:create_trust", default: "user_id:%(target.trust.trustor_user_id)s", scopes: [.project])
    package static let listTrusts = PolicyRule(
        "identity:list_trusts", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listTrustsForTrustor = PolicyRule(
        "identity:list_trusts_for_trustor",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustor_user_id)s)
            """, scopes: .systemAndProject)
    package static let listTrustsForTrustee = PolicyRule(
        "identity:list_trusts_for_trustee",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustee_user_id)s)
            """, scopes: .systemAndProject)
    package static let listRolesForTrust = PolicyRule(
        "identity:list_roles_for_trust",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustor_user_id)s or user_id:%(target.trust.trustee_user_id)s)
            """, scopes: .systemAndProject)
    package static let getRoleForTrust = PolicyRule(
        "identity:get_role_for_trust",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustor_user_id)s or user_id:%(target.trust.trustee_user_id)s)
            """, scopes: .systemAndProject)
    package static let deleteTrust = PolicyRule(
        "identity:delete_trust",
        default: "rule:admin_required or user_id:%(target.trust.trustor_user_id)s", scopes: .systemAndProject)
    package static let getTrust = PolicyRule(
        "identity:get_trust",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustor_user_id)s or user_id:%(target.trust.trustee_user_id)s)
            """, scopes: .systemAndProject)

    static let trustsRules: [PolicyRule] = [
        createTrust, listTrusts, listTrustsForTrustor, listTrustsForTrustee, listRolesForTrust, getRoleForTrust,
        deleteTrust, getTrust,
    ]
}
