package import Core
package import WebAPI

/// Validates callers' tokens from the service's own database: a token voided is refused at once.
package struct IdentityAuthenticator: Authenticator {
    private let tokens: TokenService

    package init(_ env: IdentityEnvironment) { tokens = TokenService(env) }

    package func authenticate(token text: String, context: RequestContext) async throws -> TokenInfo {
        do {
            return TokenInfo(try await tokens.validate(text))
        } catch let error as InvalidToken {
            throw ServiceError.unauthenticated(error.reason)
        }
    }
}

extension TokenInfo {
    init(_ token: Token) {
        self.init(
            userID: token.user.id, userName: token.user.name, userDomainID: token.user.domainID,
            userDomainName: token.userDomain.name, projectID: token.project?.id, projectName: token.project?.name,
            projectDomainID: token.projectDomain?.asDomainID, projectDomainName: token.projectDomain?.name,
            domainID: token.domain?.asDomainID, domainName: token.domain?.name,
            systemScope: token.isSystemScoped ? "all" : nil, roles: token.roles.map(\.name),
            expiresAt: token.payload.expiresAt, issuedAt: token.issuedAt, methods: token.payload.methods.names,
            auditIDs: token.payload.auditIDs, trustID: token.trust?.id.rawValue,
            applicationCredentialID: token.applicationCredential?.id.rawValue,
            accessRules: token.applicationCredential?.accessRules?.map {
                WebAPI.AccessRule(service: $0.service, method: $0.method, path: $0.path)
            })
    }
}
