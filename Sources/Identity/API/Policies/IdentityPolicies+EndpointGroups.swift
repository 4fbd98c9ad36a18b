package import WebAPI

extension IdentityPolicies {
    package static let createEndpointGroup = PolicyRule(
        "identity:create_endpoint_group", default: admin, scopes: .systemAndProject)
    package static let listEndpointGroups = PolicyRule(
        "identity:list_endpoint_groups", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let getEndpointGroup = PolicyRule(
        "identity:get_endpoint_group", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let updateEndpointGroup = PolicyRule(
        "identity:update_endpoint_group", default: admin, scopes: .systemAndProject)
    package static let deleteEndpointGroup = PolicyRule(
        "identity:delete_endpoint_group", default: admin, scopes: .systemAndProject)
    package static let listProjectsAssociatedWithEndpointGroup = PolicyRule(
        "identity:list_projects_associated_with_endpoint_group", default: adminOrSystemReader, scopes: .systemAndProject
    )
    package static let listEndpointsAssociatedWithEndpointGroup = PolicyRule(
        "identity:list_endpoints_associated_with_endpoint_group", default: adminOrSystemReader,
        scopes: .systemAndProject)
    package static let getEndpointGroupInProject = PolicyRule(
        "identity:get_endpoint_group_in_project", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listEndpointGroupsForProject = PolicyRule(
        "identity:list_endpoint_groups_for_project", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let addEndpointGroupToProject = PolicyRule(
        "identity:add_endpoint_group_to_project", default: admin, scopes: .systemAndProject)
    package static let removeEndpointGroupFromProject = PolicyRule(
        "identity:remove_endpoint_group_from_project", default: admin, scopes: .systemAndProject)

    static let endpointGroupsRules: [PolicyRule] = [
        createEndpointGroup, listEndpointGroups, getEndpointGroup, updateEndpointGroup, deleteEndpointGroup,
        listProjectsAssociatedWithEndpointGroup, listEndpointsAssociatedWithEndpointGroup,
        getEndpointGroupInProject, listEndpointGroupsForProject, addEndpointGroupToProject,
        removeEndpointGroupFromProject,
    ]
}
