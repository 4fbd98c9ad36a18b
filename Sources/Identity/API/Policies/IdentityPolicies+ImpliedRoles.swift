package import WebAPI

extension IdentityPolicies {
    package static let getImpliedRole = PolicyRule(
        "identity:get_implied_role", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listImpliedRoles = PolicyRule(
        "identity:list_implied_roles", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createImpliedRole = PolicyRule(
        "identity:create_implied_role", default: admin, scopes: .systemAndProject)
    package static let deleteImpliedRole = PolicyRule(
        "identity:delete_implied_role", default: admin, scopes: .systemAndProject)
    package static let listRoleInferenceRules = PolicyRule(
        "identity:list_role_inference_rules", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let checkImpliedRole = PolicyRule(
        "identity:check_implied_role", default: adminOrSystemReader, scopes: .systemAndProject)

    static let impliedRolesRules: [PolicyRule] = [
        getImpliedRole, listImpliedRoles, createImpliedRole, deleteImpliedRole, listRoleInferenceRules,
        checkImpliedRole,
    ]
}
