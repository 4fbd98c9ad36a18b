package import WebAPI

extension IdentityPolicies {
    package static let createPolicyAssociationForEndpoint = PolicyRule(
        "identity:create_policy_association_for_endpoint", default: admin, scopes: .systemAndProject)
    package static let checkPolicyAssociationForEndpoint = PolicyRule(
        "identity:check_policy_association_for_endpoint", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let deletePolicyAssociationForEndpoint = PolicyRule(
        "identity:delete_policy_association_for_endpoint", default: admin, scopes: .systemAndProject)
    package static let createPolicyAssociationForService = PolicyRule(
        "identity:create_policy_association_for_service", default: admin, scopes: .systemAndProject)
    package static let checkPolicyAssociationForService = PolicyRule(
        "identity:check_policy_association_for_service", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let deletePolicyAssociationForService = PolicyRule(
        "identity:delete_policy_association_for_service", default: admin, scopes: .systemAndProject)
    package static let createPolicyAssociationForRegionAndService = PolicyRule(
        "identity:create_policy_association_for_region_and_service", default: admin, scopes: .systemAndProject)
    package static let checkPolicyAssociationForRegionAndService = PolicyRule(
        "identity:check_policy_association_for_region_and_service", default: adminOrSystemReader,
        scopes: .systemAndProject)
    package static let deletePolicyAssociationForRegionAndService = PolicyRule(
        "identity:delete_policy_association_for_region_and_service", default: admin, scopes: .systemAndProject)
    package static let getPolicyForEndpoint = PolicyRule(
        "identity:get_policy_for_endpoint", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listEndpointsForPolicy = PolicyRule(
        "identity:list_endpoints_for_policy", default: adminOrSystemReader, scopes: .systemAndProject)

    static let policyAssociationsRules: [PolicyRule] = [
        createPolicyAssociationForEndpoint, checkPolicyAssociationForEndpoint, deletePolicyAssociationForEndpoint,
        createPolicyAssociationForService, checkPolicyAssociationForService, deletePolicyAssociationForService,
        createPolicyAssociationForRegionAndService, checkPolicyAssociationForRegionAndService,
        deletePolicyAssociationForRegionAndService, getPolicyForEndpoint, listEndpointsForPolicy,
    ]
}
