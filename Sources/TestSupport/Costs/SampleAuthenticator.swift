package import Core
import FoundationEssentials
package import WebAPI

/// Takes tokens that say themselves what they stand for: `user:project:role,role`.
package struct SampleAuthenticator: Authenticator {
    /// An administrator in the project `p`.
    package static let admin = "u:p:admin,member,reader"
    /// A service's own user.
    package static let service = "service:services:service,admin,member,reader"

    package init() {}

    package func authenticate(token: String, context: RequestContext) async throws -> TokenInfo {
        let parts = token.split(separator: ":").map(String.init)
        guard parts.count == 3 else { throw ServiceError(.unauthorized, "The token is not valid.") }
        return TokenInfo(
            userID: UserID(parts[0]), userName: parts[0], userDomainID: DomainID("default"), userDomainName: "Default",
            projectID: ProjectID(parts[1]), projectName: parts[1], projectDomainID: DomainID("default"),
            projectDomainName: "Default", roles: parts[2].split(separator: ",").map(String.init),
            expiresAt: Date(timeIntervalSinceNow: 36_000))
    }
}
