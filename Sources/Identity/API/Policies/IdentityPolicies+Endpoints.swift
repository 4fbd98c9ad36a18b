package import WebAPI

extension IdentityPolicies {
    package static let getEndpoint = PolicyRule(
        "identity:get_endpoint", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listEndpoints = PolicyRule(
        "identity:list_endpoints", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createEndpoint = PolicyRule(
        "identity:create_endpoint", default: admin, scopes: .systemAndProject)
    package static let updateEndpoint = PolicyRule(
        "identity:update_endpoint", default: admin, scopes: .systemAndProject)
    package static let deleteEndpoint = PolicyRule(
        "identity:delete_endpoint", default: admin, scopes: .systemAndProject)

    static let endpointsRules: [PolicyRule] = [
        getEndpoint, listEndpoints, createEndpoint, updateEndpoint, deleteEndpoint,
    ]
}
