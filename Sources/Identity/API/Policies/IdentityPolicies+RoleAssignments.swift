package import WebAPI

extension IdentityPolicies {
    package static let listRoleAssignments = PolicyRule(
        "identity:list_role_assignments",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.domain_id)s and not None:%(target.domain_id)s)
            """, scopes: .all)
    package static let listRoleAssignmentsForTree = PolicyRule(
        "identity:list_role_assignments_for_tree",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.domain_id)s and not None:%(target.domain_id)s)
            """, scopes: .all)

    static let roleAssignmentsRules: [PolicyRule] = [
        listRoleAssignments, listRoleAssignmentsForTree,
    ]
}
