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
            ], faults: .keystone,
            // What is answered depends on who asks: caches between keep one answer for each token.
            commonHeaders: [.vary: "X-Auth-Token"])
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
        all +=
            CredentialsController(
                credentials: CredentialService(env), applicationCredentials: applicationCredentials
            ).operations
        all += PoliciesController(policies: PolicyDocumentService(env)).operations
        all += ConsumersController(consumers: ConsumerService(env)).operations
        all += TrustsController(trusts: TrustService(env)).operations
        all += ApplicationCredentialsController(credentials: applicationCredentials).operations
        all += LimitsController(limits: LimitService(env)).operations
        return all + extensions(env, catalog, projects) + notBuilt
    }

    private static func extensions(
        _ env: IdentityEnvironment, _ catalog: CatalogAdministration, _ projects: ProjectService
    ) -> [WebAPI.Operation] {
        let documents = TokenDocuments(catalog: catalog)
        let authentication = AuthenticationService(env)
        let providers = IdentityProviderService(env)
        let mappings = MappingService(env)
        let oauth = OAuthService(env)
        var all = DomainConfigurationController(configurations: DomainConfigurationService(env)).operations
        all += EndpointFilterController(catalog: catalog, projects: projects).operations
        all += PolicyAssociationsController(associations: PolicyAssociationService(env)).operations
        all += SignedTokensController(tokens: EC2TokenService(env), documents: documents).operations
        all += OAuthController(oauth: oauth).operations
        all += AccessTokensController(oauth: oauth).operations
        all += OAuth2Controller(authentication: authentication).operations
        all += IdentityProvidersController(providers: providers).operations
        all += MappingsController(mappings: mappings).operations
        all += ServiceProvidersController(providers: mappings).operations
        all +=
            FederatedLoginController(
                authentication: authentication, providers: providers, documents: documents
            ).operations
        return all
    }

    /// Parts of Keystone that are not here say so, rather than 404: this cloud is no SAML identity provider.
    private static var notBuilt: [WebAPI.Operation] {
        let paths: [(HTTPRequest.Method, String)] = [
            (.get, "/OS-FEDERATION/saml2/metadata"), (.post, "/auth/OS-FEDERATION/saml2"),
            (.post, "/auth/OS-FEDERATION/saml2/ecp"),
        ]
        return paths.map { method, path in
            Operation(method, path, auth: .none) { _ in
                throw ServiceError(.badRequest, "This cloud issues no SAML assertions.")
            }
        }
    }
}
