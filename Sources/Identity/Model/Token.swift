import Core
package import FoundationEssentials

/// A token with everything it stands for, looked up now: a role taken away is gone from it at once.
package struct Token: Sendable {
    package var payload: TokenPayload
    package var issuedAt: Date
    /// Whose token it is: of a trust with impersonation, the trustor.
    package var user: User
    package var userDomain: Project
    package var project: Project?
    package var projectDomain: Project?
    package var domain: Project?
    package var roles: [Role]
    package var trust: Trust?
    package var applicationCredential: ApplicationCredential?
    package var accessToken: OAuthAccessToken?
    /// When the first membership ends, by an identity provider's word, of those whose roles these are.
    package var vouchedUntil: Date?
    /// The names of the groups that an identity provider put the user into.
    package var federatedGroups: [Group] = []

    package var isScoped: Bool { payload.scope != .unscoped }
    package var isSystemScoped: Bool { payload.scope == .system }
    package var auditChainID: String { payload.auditIDs.last ?? "" }

    /// Everybody whom it needs to be enabled.
    var users: Set<UserID> { Set([payload.user, user.id] + [trust?.trustor].compactMap(\.self)) }

    /// Whether the token came of a delegated credential, which must not be traded for a stronger one.
    package var isDelegated: Bool {
        trust != nil || applicationCredential != nil || accessToken != nil || payload.methods.isDelegated
    }
}

/// Why a token is not, or no longer, good. The reason is for the log; callers only learn that it is not.
package struct InvalidToken: Error, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
