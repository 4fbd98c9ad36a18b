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
    /// When the current password ends; nil when never, or when there is none.
    package var passwordExpiresAt: Date?

    /// Whether an option such as `ignore_lockout_failure_attempts` is on for this user.
    package func hasOption(_ name: String) -> Bool { options[name]?.bool ?? false }
}

package struct UserFilter: Sendable {
    package var domainID: DomainID?
    package var isEnabled: Bool?
    package var name: [TextFilter] = []
    package var groupID: GroupID?
    package var page = PageRequest()

    package init() {}
}

/// A password as stored, newest last in a user's history.
package struct StoredPassword: Sendable {
    package var hash: String
    package var createdAt: Date
    package var expiresAt: Date?
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
