package import Core
package import FoundationEssentials

/// A consumer's wish for access to a project, which a user may grant (OAuth 1.0a's temporary credential).
package struct OAuthRequestToken: Sendable {
    package var id: OAuthRequestTokenID
    package var secret: String
    /// Proves to the service that the consumer heard of the user's consent; nil before that.
    package var verifier: String?
    package var authorizingUserID: UserID?
    package var projectID: ProjectID
    package var roles: [RoleID]
    package var consumerID: ConsumerID
    package var expiresAt: Date?
}

/// Some of a user's roles in a project, lent to a consumer until the user takes them back.
package struct OAuthAccessToken: Sendable {
    package var id: OAuthAccessTokenID
    package var secret: String
    package var authorizingUserID: UserID
    package var projectID: ProjectID
    package var roles: [RoleID]
    package var consumerID: ConsumerID
    package var expiresAt: Date?
}
