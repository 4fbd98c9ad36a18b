package import WebAPI

extension IdentityPolicies {
    package static let getUser = PolicyRule(
        "identity:get_user",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            token.domain.id:%(target.user.domain_id)s) or user_id:%(target.user.id)s
            """, scopes: .all)
    package static let listUsers = PolicyRule(
        "identity:list_users",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.domain_id)s)
            """, scopes: .all)
    package static let listProjectsForUser = PolicyRule("identity:list_projects_for_user", default: "@")
    package static let listDomainsForUser = PolicyRule("identity:list_domains_for_user", default: "@")
    package static let createUser = PolicyRule(
        "identity:create_user",
        default: "rule:admin_required or (role:manager and token.domain.id:%(target.user.domain_id)s)", scopes: .all)
    package static let updateUser = PolicyRule(
        "identity:update_user",
        default: "rule:admin_required or (role:manager and token.domain.id:%(target.user.domain_id)s)", scopes: .all)
    package static let deleteUser = PolicyRule(
        "identity:delete_user",
        default: "rule:admin_required or (role:manager and token.domain.id:%(target.user.domain_id)s)", scopes: .all)
    package static let revokeTokensForUser = PolicyRule(
        "identity:revoke_tokens_for_user", default: "rule:admin_or_owner", scopes: .all)

    static let usersRules: [PolicyRule] = [
        getUser, listUsers, listProjectsForUser, listDomainsForUser, createUser, updateUser, deleteUser,
        revokeTokensForUser,
    ]
}
