package import WebAPI

extension IdentityPolicies {
    package static let getAccessRule = PolicyRule(
        "identity:get_access_rule",
        default: "(role:reader and system_scope:all) or user_id:%(target.user.id)s", scopes: .systemAndProject)
    package static let listAccessRules = PolicyRule(
        "identity:list_access_rules",
        default: "(role:reader and system_scope:all) or user_id:%(target.user.id)s", scopes: .systemAndProject)
    package static let deleteAccessRule = PolicyRule(
        "identity:delete_access_rule",
        default: "(role:admin and system_scope:all) or user_id:%(target.user.id)s", scopes: .systemAndProject)

    static let accessRulesRules: [PolicyRule] = [
        getAccessRule, listAccessRules, deleteAccessRule,
    ]
}
