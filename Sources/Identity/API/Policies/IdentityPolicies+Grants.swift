package import WebAPI

extension IdentityPolicies {
    package static let checkGrant = PolicyRule(
        "identity:check_grant",
        default: """
            rule:admin_required or ((role:reader and system_scope:all) or ((role:reader and \
            domain_id:%(target.user.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:reader \
            and domain_id:%(target.user.domain_id)s and domain_id:%(target.domain.id)s) or (role:reader and \
            domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or \
            (role:reader and domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s)) and \
            (domain_id:%(target.role.domain_id)s or None:%(target.role.domain_id)s))
            """, scopes: .all)
    package static let listGrants = PolicyRule(
        "identity:list_grants",
        default: """
            rule:admin_required or ((role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.user.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:reader \
            and domain_id:%(target.user.domain_id)s and domain_id:%(target.domain.id)s) or (role:reader and \
            domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or \
            (role:reader and domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s))
            """, scopes: .all)
    package static let createGrant = PolicyRule(
        "identity:create_grant",
        default: """
            rule:admin_required or ((role:admin and domain_id:%(target.user.domain_id)s and \
            domain_id:%(target.project.domain_id)s) or (role:admin and domain_id:%(target.user.domain_id)s \
            and domain_id:%(target.domain.id)s) or (role:admin and domain_id:%(target.group.domain_id)s and \
            domain_id:%(target.project.domain_id)s) or (role:admin and domain_id:%(target.group.domain_id)s \
            and domain_id:%(target.domain.id)s)) and (domain_id:%(target.role.domain_id)s or \
            None:%(target.role.domain_id)s) or ((role:manager and domain_id:%(target.user.domain_id)s and \
            domain_id:%(target.project.domain_id)s) or (role:manager and \
            domain_id:%(target.user.domain_id)s and domain_id:%(target.domain.id)s) or (role:manager and \
            domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or \
            (role:manager and domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s)) and \
            rule:domain_managed_target_role
            """, scopes: .all)
    package static let revokeGrant = PolicyRule(
        "identity:revoke_grant",
        default: """
            rule:admin_required or ((role:admin and domain_id:%(target.user.domain_id)s and \
            domain_id:%(target.project.domain_id)s) or (role:admin and domain_id:%(target.user.domain_id)s \
            and domain_id:%(target.domain.id)s) or (role:admin and domain_id:%(target.group.domain_id)s and \
            domain_id:%(target.project.domain_id)s) or (role:admin and domain_id:%(target.group.domain_id)s \
            and domain_id:%(target.domain.id)s)) and (domain_id:%(target.role.domain_id)s or \
            None:%(target.role.domain_id)s) or ((role:manager and domain_id:%(target.user.domain_id)s and \
            domain_id:%(target.project.domain_id)s) or (role:manager and \
            domain_id:%(target.user.domain_id)s and domain_id:%(target.domain.id)s) or (role:manager and \
            domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or \
            (role:manager and domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s)) and \
            rule:domain_managed_target_role
            """, scopes: .all)
    package static let listSystemGrantsForUser = PolicyRule(
        "identity:list_system_grants_for_user", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let checkSystemGrantForUser = PolicyRule(
        "identity:check_system_grant_for_user", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createSystemGrantForUser = PolicyRule(
        "identity:create_system_grant_for_user", default: admin, scopes: .systemAndProject)
    package static let revokeSystemGrantForUser = PolicyRule(
        "identity:revoke_system_grant_for_user", default: admin, scopes: .systemAndProject)
    package static let listSystemGrantsForGroup = PolicyRule(
        "identity:list_system_grants_for_group", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let checkSystemGrantForGroup = PolicyRule(
        "identity:check_system_grant_for_group", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createSystemGrantForGroup = PolicyRule(
        "identity:create_system_grant_for_group", default: admin, scopes: .systemAndProject)
    package static let revokeSystemGrantForGroup = PolicyRule(
        "identity:revoke_system_grant_for_group", default: admin, scopes: .systemAndProject)

    static let grantsRules: [PolicyRule] = [
        checkGrant, listGrants, createGrant, revokeGrant, listSystemGrantsForUser, checkSystemGrantForUser,
        createSystemGrantForUser, revokeSystemGrantForUser, listSystemGrantsForGroup, checkSystemGrantForGroup,
        createSystemGrantForGroup, revokeSystemGrantForGroup,
    ]
}
