package import Core
package import FoundationEssentials

/// What a token says, before anything is looked up.
package struct TokenPayload: Sendable, Hashable {
    /// What the token gives access to.
    package enum Scope: Sendable, Hashable {
        case unscoped
        case domain(DomainID)
        case project(ProjectID)
        case system
        case trust(TrustID, project: ProjectID?)
        case applicationCredential(ApplicationCredentialID, project: ProjectID)
        case oauth(OAuthAccessTokenID, project: ProjectID)
    }

    /// What an identity provider said about the user.
    package struct Federation: Sendable, Hashable {
        package var identityProvider: IdentityProviderID
        package var protocolID: FederationProtocolID
        package var groups: [GroupID]

        package init(
            identityProvider: IdentityProviderID, protocolID: FederationProtocolID, groups: [GroupID]
        ) {
            self.identityProvider = identityProvider
            self.protocolID = protocolID
            self.groups = groups
        }
    }

    package var user: UserID
    package var methods: AuthMethods
    package var scope: Scope
    package var expiresAt: Date
    /// This token's own audit id first, then that of the first token in its chain.
    package var auditIDs: [String]
    /// Of a user from an identity provider; kept in unscoped, project and domain tokens.
    package var federation: Federation?

    package init(
        user: UserID, methods: AuthMethods, scope: Scope, expiresAt: Date, auditIDs: [String],
        federation: Federation? = nil
    ) {
        self.user = user
        self.methods = methods
        self.scope = scope
        self.expiresAt = expiresAt
        self.auditIDs = auditIDs
        self.federation = federation
    }
}
