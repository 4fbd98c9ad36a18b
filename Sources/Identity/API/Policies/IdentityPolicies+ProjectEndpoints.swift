package import WebAPI

extension IdentityPolicies {
    package static let listProjectsForEndpoint = PolicyRule(
        "identity:list_projects_for_endpoint", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let addEndpointToProject = PolicyRule(
        "identity:add_endpoint_to_project", default: admin, scopes: .systemAndProject)
    package static let checkEndpointInProject = PolicyRule(
        "identity:check_endpoint_in_project", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listEndpointsForProject = PolicyRule(
        "identity:list_endpoints_for_project", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let removeEndpointFromProject = PolicyRule(
        "identity:remove_endpoint_from_project", default: admin, scopes: .systemAndProject)

    static let projectEndpointsRules: [PolicyRule] = [
        listProjectsForEndpoint, addEndpointToProject, checkEndpointInProject, listEndpointsForProject,
        removeEndpointFromProject,
    ]
}
