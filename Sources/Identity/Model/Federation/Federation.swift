package import Core

/// An OIDC or SAML identity provider whose users are let in.
package struct IdentityProvider: Sendable {
    package var id: IdentityProviderID
    /// Where its users are.
    package var domainID: DomainID
    package var isEnabled: Bool
    package var description: String?
    /// Minutes that a membership in a group lasts which the provider vouches for; nil: as the options say.
    package var authorizationTTL: Int?
    /// By what assertions name the provider.
    package var remoteIDs: [String]
}

/// A way to log in with an identity provider, and the mapping that its assertions go through.
package struct FederationProtocol: Sendable {
    package var id: FederationProtocolID
    package var identityProvider: IdentityProviderID
    package var mappingID: MappingID
    /// The attribute of assertions that names the provider; nil: as the options say.
    package var remoteIDAttribute: String?
}

/// Rules that make users, groups and projects of an assertion's attributes.
package struct Mapping: Sendable {
    package var id: MappingID
    package var rules: JSONValue
    package var schemaVersion: String
}

/// Another cloud that lets this one's users in.
package struct ServiceProvider: Sendable {
    package var id: ServiceProviderID
    package var authURL: String
    package var url: String
    package var isEnabled: Bool
    package var description: String?
    package var relayStatePrefix: String
}
