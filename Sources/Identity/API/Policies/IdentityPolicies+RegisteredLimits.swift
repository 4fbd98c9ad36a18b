package import WebAPI

extension IdentityPolicies {
    package static let getRegisteredLimit = PolicyRule("identity:get_registered_limit", default: "@", scopes: .all)
    package static let listRegisteredLimits = PolicyRule("identity:list_registered_limits", default: "@", scopes: .all)
    package static let createRegisteredLimits = PolicyRule(
        "identity:create_registered_limits", default: admin, scopes: .systemAndProject)
    package static let updateRegisteredLimit = PolicyRule(
        "identity:update_registered_limit", default: admin, scopes: .systemAndProject)
    package static let deleteRegisteredLimit = PolicyRule(
        "identity:delete_registered_limit", default: admin, scopes: .systemAndProject)

    static let registeredLimitsRules: [PolicyRule] = [
        getRegisteredLimit, listRegisteredLimits, createRegisteredLimits, updateRegisteredLimit,
        deleteRegisteredLimit,
    ]
}
