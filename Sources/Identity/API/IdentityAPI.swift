import Core
import HTTPTypes
package import WebAPI

/// The identity service's whole API.
package enum IdentityAPI {
    package static func description(_ env: IdentityEnvironment) -> APIDescription {
        APIDescription(
            serviceType: "identity",
            mounts: [
                Mount("", VersionsController().operations, faults: .keystone, headFollowsGet: true),
                Mount("/v3", operations(env), faults: .keystone, headFollowsGet: true),
            ], faults: .keystone)
    }

    private static func operations(_ env: IdentityEnvironment) -> [WebAPI.Operation] {
        let projects = ProjectService(env)
        let users = UserService(env)
        let groups = GroupService(env)
        let assignments = AssignmentService(env)
        let catalog = CatalogAdministration(env)
        let applicationCredentials = ApplicationCredentialService(env)
        var all = AuthController(
            authentication: AuthenticationService(env), tokens: TokenService(env), catalog: catalog,
            assignments: assignments
        ).operations
        all += DomainsController(projects: projects).operations
        all += ProjectsController(projects: projects, users: users, assignments: assignments).operations
        all += UsersController(users: users, groups: groups).operations
        all += GroupsController(groups: groups, users: users).operations
        all += RolesController(roles: RoleService(env)).operations
        all += GrantsController(assignments: assignments).operations
        all += RoleAssignmentsController(assignments: assignments).operations
        all += CatalogController(catalog: catalog).operations
        all += CredentialsController(
            credentials: CredentialService(env), applicationCredentials: applicationCredentials
        ).operations
        all += PoliciesController(policies: PolicyDocumentService(env)).operations
        all += ConsumersController(consumers: ConsumerService(env)).operations
        all += TrustsController(trusts: TrustService(env)).operations
        all += ApplicationCredentialsController(credentials: applicationCredentials).operations
        all += LimitsController(limits: LimitService(env)).operations
        all += EndpointFilterController(catalog: catalog, projects: projects).operations
        return all + notBuilt
    }

    /// Parts of Keystone that are not here say so, rather than 404.
    private static var notBuilt: [WebAPI.Operation] {
        let paths = [
            "/OS-FEDERATION/{rest*}", "/OS-OAUTH1/request_token", "/OS-OAUTH1/access_token", "/OS-OAUTH2/token",
            "/ec2tokens", "/s3tokens", "/domains/config/{rest*}", "/domains/{domain_id}/config",
            "/domains/{domain_id}/config/{rest*}",
        ]
        return paths.flatMap { path in
            [HTTPRequest.Method.get, .post, .put, .patch, .delete].map { method in
                Operation(method, path) { _ in
                    throw ServiceError(.badRequest, "This part of the Identity API is not implemented.")
                }
            }
        }
    }
}
