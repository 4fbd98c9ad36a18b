package import WebAPI

/// The identity service's policy rules, with Keystone's names, checks and scopes, so that an operator's
/// policy file for Keystone works here unchanged.
package enum IdentityPolicies {
    private static let admin = "rule:admin_required"
    private static let adminOrSystemReader = "rule:admin_required or (role:reader and system_scope:all)"

    // MARK: Access rules
    package static let getAccessRule = PolicyRule(
        "identity:get_access_rule", default: "(role:reader and system_scope:all) or user_id:%(target.user.id)s", scopes: .systemAndProject)
    package static let listAccessRules = PolicyRule(
        "identity:list_access_rules", default: "(role:reader and system_scope:all) or user_id:%(target.user.id)s", scopes: .systemAndProject)
    package static let deleteAccessRule = PolicyRule(
        "identity:delete_access_rule", default: "(role:admin and system_scope:all) or user_id:%(target.user.id)s", scopes: .systemAndProject)

    // MARK: Application credentials
    package static let getApplicationCredential = PolicyRule(
        "identity:get_application_credential", default: "rule:admin_required or (role:reader and system_scope:all) or rule:owner", scopes: .systemAndProject)
    package static let listApplicationCredentials = PolicyRule(
        "identity:list_application_credentials", default: "rule:admin_required or (role:reader and system_scope:all) or rule:owner", scopes: .systemAndProject)
    package static let createApplicationCredential = PolicyRule(
        "identity:create_application_credential", default: "user_id:%(user_id)s", scopes: [.project])
    package static let deleteApplicationCredential = PolicyRule(
        "identity:delete_application_credential", default: "rule:admin_or_owner", scopes: .systemAndProject)

    // MARK: Auth
    package static let getAuthCatalog = PolicyRule("identity:get_auth_catalog", default: "@")
    package static let getAuthProjects = PolicyRule("identity:get_auth_projects", default: "@")
    package static let getAuthDomains = PolicyRule("identity:get_auth_domains", default: "@")
    package static let getAuthSystem = PolicyRule("identity:get_auth_system", default: "@")

    // MARK: Base
    package static let adminRequired = PolicyRule("admin_required", default: "role:admin or is_admin:1")
    package static let serviceRole = PolicyRule("service_role", default: "role:service")
    package static let serviceOrAdmin = PolicyRule(
        "service_or_admin", default: "rule:admin_required or rule:service_role")
    package static let owner = PolicyRule("owner", default: "user_id:%(user_id)s")
    package static let adminOrOwner = PolicyRule("admin_or_owner", default: "rule:admin_required or rule:owner")
    package static let tokenSubject = PolicyRule("token_subject", default: "user_id:%(target.token.user_id)s")
    package static let adminOrTokenSubject = PolicyRule(
        "admin_or_token_subject", default: "rule:admin_required or rule:token_subject")
    package static let serviceAdminOrTokenSubject = PolicyRule(
        "service_admin_or_token_subject", default: "rule:service_or_admin or rule:token_subject")
    package static let domainManagedTargetRole = PolicyRule(
        "domain_managed_target_role",
        default: """
            'manager':%(target.role.name)s or 'member':%(target.role.name)s or \
            'reader':%(target.role.name)s
            """)

    // MARK: Consumers
    package static let getConsumer = PolicyRule(
        "identity:get_consumer", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listConsumers = PolicyRule(
        "identity:list_consumers", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createConsumer = PolicyRule(
        "identity:create_consumer", default: admin, scopes: .systemAndProject)
    package static let updateConsumer = PolicyRule(
        "identity:update_consumer", default: admin, scopes: .systemAndProject)
    package static let deleteConsumer = PolicyRule(
        "identity:delete_consumer", default: admin, scopes: .systemAndProject)

    // MARK: Credentials
    package static let getCredential = PolicyRule(
        "identity:get_credential",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            user_id:%(target.credential.user_id)s
            """, scopes: .all)
    package static let listCredentials = PolicyRule(
        "identity:list_credentials",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            user_id:%(target.credential.user_id)s
            """, scopes: .all)
    package static let createCredential = PolicyRule(
        "identity:create_credential", default: "rule:admin_required or user_id:%(target.credential.user_id)s", scopes: .all)
    package static let updateCredential = PolicyRule(
        "identity:update_credential", default: "rule:admin_required or user_id:%(target.credential.user_id)s", scopes: .all)
    package static let deleteCredential = PolicyRule(
        "identity:delete_credential", default: "rule:admin_required or user_id:%(target.credential.user_id)s", scopes: .all)

    // MARK: Domains
    package static let getDomain = PolicyRule(
        "identity:get_domain",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            token.domain.id:%(target.domain.id)s or token.project.domain.id:%(target.domain.id)s
            """, scopes: .all)
    package static let listDomains = PolicyRule(
        "identity:list_domains",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.domain.id)s)
            """, scopes: .all)
    package static let createDomain = PolicyRule("identity:create_domain", default: admin, scopes: .systemAndProject)
    package static let updateDomain = PolicyRule("identity:update_domain", default: admin, scopes: .systemAndProject)
    package static let deleteDomain = PolicyRule("identity:delete_domain", default: admin, scopes: .systemAndProject)

    // MARK: Domain configuration
    package static let createDomainConfig = PolicyRule(
        "identity:create_domain_config", default: admin, scopes: .systemAndProject)
    package static let getDomainConfig = PolicyRule(
        "identity:get_domain_config", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let getSecurityComplianceDomainConfig = PolicyRule(
        "identity:get_security_compliance_domain_config", default: "@", scopes: .all)
    package static let updateDomainConfig = PolicyRule(
        "identity:update_domain_config", default: admin, scopes: .systemAndProject)
    package static let deleteDomainConfig = PolicyRule(
        "identity:delete_domain_config", default: admin, scopes: .systemAndProject)
    package static let getDomainConfigDefault = PolicyRule(
        "identity:get_domain_config_default", default: adminOrSystemReader, scopes: .systemAndProject)

    // MARK: EC2 credentials
    package static let ec2GetCredential = PolicyRule(
        "identity:ec2_get_credential",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            user_id:%(target.credential.user_id)s
            """, scopes: .systemAndProject)
    package static let ec2ListCredentials = PolicyRule(
        "identity:ec2_list_credentials", default: "rule:admin_required or (role:reader and system_scope:all) or rule:owner", scopes: .systemAndProject)
    package static let ec2CreateCredential = PolicyRule(
        "identity:ec2_create_credential", default: "rule:admin_required or (role:member and user_id:%(target.credential.user_id)s)", scopes: .systemAndProject)
    package static let ec2DeleteCredential = PolicyRule(
        "identity:ec2_delete_credential", default: "rule:admin_required or (role:member and user_id:%(target.credential.user_id)s)", scopes: .systemAndProject)

    // MARK: EC2 tokens
    package static let ec2tokensValidate = PolicyRule(
        "identity:ec2tokens_validate", default: "rule:service_or_admin", scopes: .all)

    // MARK: Endpoints
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

    // MARK: Endpoint groups
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
        "identity:list_projects_associated_with_endpoint_group", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listEndpointsAssociatedWithEndpointGroup = PolicyRule(
        "identity:list_endpoints_associated_with_endpoint_group", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let getEndpointGroupInProject = PolicyRule(
        "identity:get_endpoint_group_in_project", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listEndpointGroupsForProject = PolicyRule(
        "identity:list_endpoint_groups_for_project", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let addEndpointGroupToProject = PolicyRule(
        "identity:add_endpoint_group_to_project", default: admin, scopes: .systemAndProject)
    package static let removeEndpointGroupFromProject = PolicyRule(
        "identity:remove_endpoint_group_from_project", default: admin, scopes: .systemAndProject)

    // MARK: Grants
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

    // MARK: Groups
    package static let getGroup = PolicyRule(
        "identity:get_group",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.group.domain_id)s)
            """, scopes: .all)
    package static let listGroups = PolicyRule(
        "identity:list_groups",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.group.domain_id)s)
            """, scopes: .all)
    package static let listGroupsForUser = PolicyRule(
        "identity:list_groups_for_user",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.user.domain_id)s) or user_id:%(user_id)s
            """, scopes: .all)
    package static let createGroup = PolicyRule(
        "identity:create_group", default: "rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s)", scopes: .all)
    package static let updateGroup = PolicyRule(
        "identity:update_group", default: "rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s)", scopes: .all)
    package static let deleteGroup = PolicyRule(
        "identity:delete_group", default: "rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s)", scopes: .all)
    package static let listUsersInGroup = PolicyRule(
        "identity:list_users_in_group",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.group.domain_id)s)
            """, scopes: .all)
    package static let removeUserFromGroup = PolicyRule(
        "identity:remove_user_from_group",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s and \
            domain_id:%(target.user.domain_id)s)
            """, scopes: .all)
    package static let checkUserInGroup = PolicyRule(
        "identity:check_user_in_group",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.group.domain_id)s and domain_id:%(target.user.domain_id)s)
            """, scopes: .all)
    package static let addUserToGroup = PolicyRule(
        "identity:add_user_to_group",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s and \
            domain_id:%(target.user.domain_id)s)
            """, scopes: .all)

    // MARK: Implied roles
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

    // MARK: Limits
    package static let getLimitModel = PolicyRule("identity:get_limit_model", default: "@", scopes: .all)
    package static let getLimit = PolicyRule(
        "identity:get_limit",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            (domain_id:%(target.limit.domain.id)s or domain_id:%(target.limit.project.domain_id)s) or \
            (project_id:%(target.limit.project_id)s and not None:%(target.limit.project_id)s)
            """, scopes: .all)
    package static let listLimits = PolicyRule("identity:list_limits", default: "@", scopes: .all)
    package static let createLimits = PolicyRule("identity:create_limits", default: admin, scopes: .systemAndProject)
    package static let updateLimit = PolicyRule("identity:update_limit", default: admin, scopes: .systemAndProject)
    package static let deleteLimit = PolicyRule("identity:delete_limit", default: admin, scopes: .systemAndProject)

    // MARK: Policies
    package static let getPolicy = PolicyRule(
        "identity:get_policy", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listPolicies = PolicyRule(
        "identity:list_policies", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createPolicy = PolicyRule("identity:create_policy", default: admin, scopes: .systemAndProject)
    package static let updatePolicy = PolicyRule("identity:update_policy", default: admin, scopes: .systemAndProject)
    package static let deletePolicy = PolicyRule("identity:delete_policy", default: admin, scopes: .systemAndProject)

    // MARK: Projects
    package static let getProject = PolicyRule(
        "identity:get_project",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
            project_id:%(target.project.id)s
            """, scopes: .all)
    package static let listProjects = PolicyRule(
        "identity:list_projects",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.domain_id)s)
            """, scopes: .all)
    package static let listUserProjects = PolicyRule(
        "identity:list_user_projects",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.user.domain_id)s) or user_id:%(target.user.id)s
            """, scopes: .all)
    package static let createProject = PolicyRule(
        "identity:create_project",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let updateProject = PolicyRule(
        "identity:update_project",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let deleteProject = PolicyRule(
        "identity:delete_project",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let listProjectTags = PolicyRule(
        "identity:list_project_tags",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
            project_id:%(target.project.id)s
            """, scopes: .all)
    package static let getProjectTag = PolicyRule(
        "identity:get_project_tag",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
            project_id:%(target.project.id)s
            """, scopes: .all)
    package static let updateProjectTags = PolicyRule(
        "identity:update_project_tags",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let createProjectTag = PolicyRule(
        "identity:create_project_tag",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let deleteProjectTags = PolicyRule(
        "identity:delete_project_tags",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let deleteProjectTag = PolicyRule(
        "identity:delete_project_tag",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)

    // MARK: Project endpoints
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

    // MARK: Regions
    package static let getRegion = PolicyRule("identity:get_region", default: "@", scopes: .all)
    package static let listRegions = PolicyRule("identity:list_regions", default: "@", scopes: .all)
    package static let createRegion = PolicyRule("identity:create_region", default: admin, scopes: .systemAndProject)
    package static let updateRegion = PolicyRule("identity:update_region", default: admin, scopes: .systemAndProject)
    package static let deleteRegion = PolicyRule("identity:delete_region", default: admin, scopes: .systemAndProject)

    // MARK: Registered limits
    package static let getRegisteredLimit = PolicyRule("identity:get_registered_limit", default: "@", scopes: .all)
    package static let listRegisteredLimits = PolicyRule("identity:list_registered_limits", default: "@", scopes: .all)
    package static let createRegisteredLimits = PolicyRule(
        "identity:create_registered_limits", default: admin, scopes: .systemAndProject)
    package static let updateRegisteredLimit = PolicyRule(
        "identity:update_registered_limit", default: admin, scopes: .systemAndProject)
    package static let deleteRegisteredLimit = PolicyRule(
        "identity:delete_registered_limit", default: admin, scopes: .systemAndProject)

    // MARK: Revocation events
    package static let listRevokeEvents = PolicyRule(
        "identity:list_revoke_events", default: "rule:service_or_admin", scopes: .systemAndProject)

    // MARK: Roles
    package static let getRole = PolicyRule(
        "identity:get_role",
        default: """
            (rule:admin_required or (role:reader and system_scope:all)) or (role:manager and \
            rule:domain_managed_target_role)
            """, scopes: .all)
    package static let listRoles = PolicyRule(
        "identity:list_roles",
        default: """
            (rule:admin_required or (role:reader and system_scope:all)) or (role:manager and not \
            domain_id:None)
            """, scopes: .all)
    package static let createRole = PolicyRule("identity:create_role", default: admin, scopes: .systemAndProject)
    package static let updateRole = PolicyRule("identity:update_role", default: admin, scopes: .systemAndProject)
    package static let deleteRole = PolicyRule("identity:delete_role", default: admin, scopes: .systemAndProject)
    package static let getDomainRole = PolicyRule(
        "identity:get_domain_role", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listDomainRoles = PolicyRule(
        "identity:list_domain_roles", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createDomainRole = PolicyRule(
        "identity:create_domain_role", default: admin, scopes: .systemAndProject)
    package static let updateDomainRole = PolicyRule(
        "identity:update_domain_role", default: admin, scopes: .systemAndProject)
    package static let deleteDomainRole = PolicyRule(
        "identity:delete_domain_role", default: admin, scopes: .systemAndProject)

    // MARK: Role assignments
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

    // MARK: S3 tokens
    package static let s3tokensValidate = PolicyRule(
        "identity:s3tokens_validate", default: "rule:service_or_admin", scopes: .all)

    // MARK: Services
    package static let getService = PolicyRule(
        "identity:get_service", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listServices = PolicyRule(
        "identity:list_services", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createService = PolicyRule("identity:create_service", default: admin, scopes: .systemAndProject)
    package static let updateService = PolicyRule("identity:update_service", default: admin, scopes: .systemAndProject)
    package static let deleteService = PolicyRule("identity:delete_service", default: admin, scopes: .systemAndProject)

    // MARK: Tokens
    package static let checkToken = PolicyRule(
        "identity:check_token", default: "rule:admin_required or (role:reader and system_scope:all) or rule:token_subject", scopes: .all)
    package static let validateToken = PolicyRule(
        "identity:validate_token",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or rule:service_role or \
            rule:token_subject
            """, scopes: .all)
    package static let revokeToken = PolicyRule(
        "identity:revoke_token", default: "rule:admin_required or rule:token_subject", scopes: .all)

    // MARK: Trusts
    package static let createTrust = PolicyRule(
        "identity:create_trust", default: "user_id:%(target.trust.trustor_user_id)s", scopes: [.project])
    package static let listTrusts = PolicyRule(
        "identity:list_trusts", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listTrustsForTrustor = PolicyRule(
        "identity:list_trusts_for_trustor",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustor_user_id)s)
            """, scopes: .systemAndProject)
    package static let listTrustsForTrustee = PolicyRule(
        "identity:list_trusts_for_trustee",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustee_user_id)s)
            """, scopes: .systemAndProject)
    package static let listRolesForTrust = PolicyRule(
        "identity:list_roles_for_trust",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustor_user_id)s or user_id:%(target.trust.trustee_user_id)s)
            """, scopes: .systemAndProject)
    package static let getRoleForTrust = PolicyRule(
        "identity:get_role_for_trust",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustor_user_id)s or user_id:%(target.trust.trustee_user_id)s)
            """, scopes: .systemAndProject)
    package static let deleteTrust = PolicyRule(
        "identity:delete_trust", default: "rule:admin_required or user_id:%(target.trust.trustor_user_id)s", scopes: .systemAndProject)
    package static let getTrust = PolicyRule(
        "identity:get_trust",
        default: """
            rule:admin_required or (role:reader and system_scope:all or \
            user_id:%(target.trust.trustor_user_id)s or user_id:%(target.trust.trustee_user_id)s)
            """, scopes: .systemAndProject)

    // MARK: Users
    package static let getUser = PolicyRule(
        "identity:get_user",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            token.domain.id:%(target.user.domain_id)s) or user_id:%(target.user.id)s
            """, scopes: .all)
    package static let listUsers = PolicyRule(
        "identity:list_users",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.domain_id)s)
            """, scopes: .all)
    package static let listProjectsForUser = PolicyRule("identity:list_projects_for_user", default: "@")
    package static let listDomainsForUser = PolicyRule("identity:list_domains_for_user", default: "@")
    package static let createUser = PolicyRule(
        "identity:create_user", default: "rule:admin_required or (role:manager and token.domain.id:%(target.user.domain_id)s)", scopes: .all)
    package static let updateUser = PolicyRule(
        "identity:update_user", default: "rule:admin_required or (role:manager and token.domain.id:%(target.user.domain_id)s)", scopes: .all)
    package static let deleteUser = PolicyRule(
        "identity:delete_user", default: "rule:admin_required or (role:manager and token.domain.id:%(target.user.domain_id)s)", scopes: .all)
    package static let revokeTokensForUser = PolicyRule(
        "identity:revoke_tokens_for_user", default: "rule:admin_or_owner", scopes: .all)

    /// Every rule, for the policy engine.
    package static let all: [PolicyRule] = [
        getAccessRule, listAccessRules, deleteAccessRule, getApplicationCredential, listApplicationCredentials,
        createApplicationCredential, deleteApplicationCredential, getAuthCatalog, getAuthProjects, getAuthDomains,
        getAuthSystem, adminRequired, serviceRole, serviceOrAdmin, owner, adminOrOwner, tokenSubject,
        adminOrTokenSubject, serviceAdminOrTokenSubject, domainManagedTargetRole, getConsumer, listConsumers,
        createConsumer, updateConsumer, deleteConsumer, getCredential, listCredentials, createCredential,
        updateCredential, deleteCredential, getDomain, listDomains, createDomain, updateDomain, deleteDomain,
        createDomainConfig, getDomainConfig, getSecurityComplianceDomainConfig, updateDomainConfig,
        deleteDomainConfig, getDomainConfigDefault, ec2GetCredential, ec2ListCredentials, ec2CreateCredential,
        ec2DeleteCredential, ec2tokensValidate, getEndpoint, listEndpoints, createEndpoint, updateEndpoint,
        deleteEndpoint, createEndpointGroup, listEndpointGroups, getEndpointGroup, updateEndpointGroup,
        deleteEndpointGroup, listProjectsAssociatedWithEndpointGroup, listEndpointsAssociatedWithEndpointGroup,
        getEndpointGroupInProject, listEndpointGroupsForProject, addEndpointGroupToProject,
        removeEndpointGroupFromProject, checkGrant, listGrants, createGrant, revokeGrant, listSystemGrantsForUser,
        checkSystemGrantForUser, createSystemGrantForUser, revokeSystemGrantForUser, listSystemGrantsForGroup,
        checkSystemGrantForGroup, createSystemGrantForGroup, revokeSystemGrantForGroup, getGroup, listGroups,
        listGroupsForUser, createGroup, updateGroup, deleteGroup, listUsersInGroup, removeUserFromGroup,
        checkUserInGroup, addUserToGroup, getImpliedRole, listImpliedRoles, createImpliedRole, deleteImpliedRole,
        listRoleInferenceRules, checkImpliedRole, getLimitModel, getLimit, listLimits, createLimits, updateLimit,
        deleteLimit, getPolicy, listPolicies, createPolicy, updatePolicy, deletePolicy, getProject, listProjects,
        listUserProjects, createProject, updateProject, deleteProject, listProjectTags, getProjectTag,
        updateProjectTags, createProjectTag, deleteProjectTags, deleteProjectTag, listProjectsForEndpoint,
        addEndpointToProject, checkEndpointInProject, listEndpointsForProject, removeEndpointFromProject, getRegion,
        listRegions, createRegion, updateRegion, deleteRegion, getRegisteredLimit, listRegisteredLimits,
        createRegisteredLimits, updateRegisteredLimit, deleteRegisteredLimit, listRevokeEvents, getRole, listRoles,
        createRole, updateRole, deleteRole, getDomainRole, listDomainRoles, createDomainRole, updateDomainRole,
        deleteDomainRole, listRoleAssignments, listRoleAssignmentsForTree, s3tokensValidate, getService, listServices,
        createService, updateService, deleteService, checkToken, validateToken, revokeToken, createTrust, listTrusts,
        listTrustsForTrustor, listTrustsForTrustee, listRolesForTrust, getRoleForTrust, deleteTrust, getTrust,
        getUser, listUsers, listProjectsForUser, listDomainsForUser, createUser, updateUser, deleteUser,
        revokeTokensForUser,
    ]
}

extension [PolicyScope] {
    fileprivate static var systemAndProject: [PolicyScope] { [.system, .project] }
    fileprivate static var all: [PolicyScope] { [.system, .domain, .project] }
}
