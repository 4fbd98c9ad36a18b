package import Core
package import FoundationEssentials

package struct User: Sendable {
    package var id: UserID
    package var domainID: DomainID
    package var name: String
    package var isEnabled: Bool
    package var defaultProjectID: ProjectID?
    package var options: JSONObject
    package var extra: JSONObject
    package var createdAt: Date
    package var failedAttempts: Int
    package var lastFailureAt: Date?
    /// When the user last got a token, to the hour; kept only where inactive accounts are disabled.
    package var lastActiveAt: Date?
    /// When the current password ends; nil when never, or when there is none.
    package var passwordExpiresAt: Date?
    /// When the first of the memberships ends that identity providers vouch for; read only with an account.
    package var vouchedUntil: Date?

    /// Whether an option such as `ignore_lockout_failure_attempts` is on for this user.
    package func hasOption(_ name: String) -> Bool { options[name]?.bool ?? false }

    /// Whether the account counts as disabled, because nobody used it for `days`. 0 days: never.
    package func isInactive(for days: Int, at now: Date) -> Bool {
        guard days > 0, !hasOption("ignore_user_inactivity") else { return false }
        return now.timeIntervalSince(lastActiveAt ?? createdAt) >= Double(days) * 86400
    }
}

package struct UserFilter: Sendable {
    package var domainID: DomainID?
    package var isEnabled: Bool?
    package var name: [TextFilter] = []
    package var groupID: GroupID?
    package var passwordExpiry: [DateFilter] = []
    package var idpID: IdentityProviderID?
    package var protocolID: FederationProtocolID?
    package var uniqueID: String?
    package var page = PageRequest()

    package init() {}
}

/// A condition on a time, after Keystone's `password_expires_at=lt:2026-01-01T00:00:00Z`.
package struct DateFilter: Sendable {
    package enum Comparison: String, Sendable {
        case equal = "eq"
        case notEqual = "neq"
        case before = "lt"
        case notAfter = "lte"
        case after = "gt"
        case notBefore = "gte"
    }

    package var comparison: Comparison
    package var date: Date
}

/// A password as stored, newest last in a user's history.
package struct StoredPassword: Sendable {
    package var hash: String
    package var createdAt: Date
    package var expiresAt: Date?
    /// Whether the user chose it, and not an administrator.
    package var isSelfService = false
}

package struct Group: Sendable {
    package var id: GroupID
    package var domainID: DomainID
    package var name: String
    package var description: String
    package var extra: JSONObject
}

package struct GroupFilter: Sendable {
    package var domainID: DomainID?
    package var name: [TextFilter] = []
    package var userID: UserID?
    package var page = PageRequest()

    package init() {}
}

/// How a user logs in by an identity provider.
package struct FederatedLogin: Sendable, Hashable {
    package var identityProvider: IdentityProviderID
    package var protocolID: FederationProtocolID
    package var uniqueID: String
}
