package import WebAPI

extension IdentityPolicies {
    package static let getGroup = PolicyRule(
        "identity:get_group",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.group.domain_id)s)
            """, scopes: .all)
    package static let listGroups = PolicyRule(
        "identity:list_groups",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.group.domain_id)s)
            """, scopes: .all)
    package static let listGroupsForUser = PolicyRule(
        "identity:list_groups_for_user",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.user.domain_id)s) or user_id:%(user_id)s
            """, scopes: .all)
    package static let createGroup = PolicyRule(
        "identity:create_group",
        default: "rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s)", scopes: .all)
    package static let updateGroup = PolicyRule(
        "identity:update_group",
        default: "rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s)", scopes: .all)
    package static let deleteGroup = PolicyRule(
        "identity:delete_group",
        default: "rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s)", scopes: .all)
    package static let listUsersInGroup = PolicyRule(
        "identity:list_users_in_group",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.group.domain_id)s)
            """, scopes: .all)
    package static let removeUserFromGroup = PolicyRule(
        "identity:remove_user_from_group",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s and \
            domain_id:%(target.user.domain_id)s)
            """, scopes: .all)
    package static let checkUserInGroup = PolicyRule(
        "identity:check_user_in_group",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.group.domain_id)s and domain_id:%(target.user.domain_id)s)
            """, scopes: .all)
    package static let addUserToGroup = PolicyRule(
        "identity:add_user_to_group",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s and \
            domain_id:%(target.user.domain_id)s)
            """, scopes: .all)

    static let groupsRules: [PolicyRule] = [
        getGroup, listGroups, listGroupsForUser, createGroup, updateGroup, deleteGroup, listUsersInGroup,
        removeUserFromGroup, checkUserInGroup, addUserToGroup,
    ]
}
