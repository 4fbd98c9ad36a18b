package import WebAPI

extension IdentityPolicies {
    package static let getPolicy = PolicyRule(
        "identity:get_policy", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listPolicies = PolicyRule(
        "identity:list_policies", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createPolicy = PolicyRule("identity:create_policy", default: admin, scopes: .systemAndProject)
    package static let updatePolicy = PolicyRule("identity:update_policy", default: admin, scopes: .systemAndProject)
    package static let deletePolicy = PolicyRule("identity:delete_policy", default: admin, scopes: .systemAndProject)

    static let policiesRules: [PolicyRule] = [
        getPolicy, listPolicies, createPolicy, updatePolicy, deletePolicy,
    ]
}
