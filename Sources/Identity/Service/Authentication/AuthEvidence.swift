/// What speaks for the caller beside the body of `POST /v3/auth/tokens`.
package struct AuthEvidence: Sendable {
    /// `Openstack-Auth-Receipt`: methods that succeeded in an earlier request.
    package var receipt: String?
    /// The user that a fronting proxy has authenticated; only from a proxy that is trusted.
    package var remoteUser: String?
    /// What an identity provider says of the user, by the names of the proxy's variables.
    package var assertion: [String: String]
    /// A request signed with an OAuth 1 access token.
    package var oauth: OAuthSignedRequest?

    package init(
        receipt: String? = nil, remoteUser: String? = nil, assertion: [String: String] = [:],
        oauth: OAuthSignedRequest? = nil
    ) {
        self.receipt = receipt
        self.remoteUser = remoteUser
        self.assertion = assertion
        self.oauth = oauth
    }
}
