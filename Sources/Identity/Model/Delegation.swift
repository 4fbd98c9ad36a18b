package import Core
package import FoundationEssentials

/// A user's (trustor's) loan of roles in a project to another (trustee).
package struct Trust: Sendable {
    package var id: TrustID
    package var trustor: UserID
    package var trustee: UserID
    package var projectID: ProjectID?
    package var isImpersonation: Bool
    package var expiresAt: Date?
    package var remainingUses: Int?
    package var redelegatedTrustID: TrustID?
    package var redelegationCount: Int
    package var deletedAt: Date?
    package var roles: [RoleID]
}

/// A credential that a user makes for a program: some of the user's roles in one project.
package struct ApplicationCredential: Sendable {
    package var id: ApplicationCredentialID
    package var userID: UserID
    package var projectID: ProjectID
    package var name: String
    package var description: String?
    package var secretHash: String
    /// May make and delete other credentials and trusts.
    package var isUnrestricted: Bool
    package var expiresAt: Date?
    package var roles: [RoleID]
    /// What it may be used for; nil: anything; empty: nothing.
    package var accessRules: [AccessRule]?
}

/// One request that an application credential may be used for.
package struct AccessRule: Sendable, Hashable {
    package var id: AccessRuleID
    package var service: String
    package var path: String
    package var method: String
}

/// A secret kept for a user: an EC2 key pair, a TOTP seed, a certificate.
package struct Credential: Sendable {
    package var id: CredentialID
    package var userID: UserID
    package var projectID: ProjectID?
    package var type: String
    package var blob: String
    package var extra: JSONObject
}

/// A policy document kept for services that fetch theirs from here.
package struct PolicyDocument: Sendable {
    package var id: PolicyDocumentID
    package var type: String
    package var blob: String
    package var extra: JSONObject
}

package struct Consumer: Sendable {
    package var id: ConsumerID
    package var description: String?
    package var secret: String
    package var extra: JSONObject
}

package struct RegisteredLimit: Sendable {
    package var id: RegisteredLimitID
    package var serviceID: ServiceID
    package var regionID: RegionID?
    package var resourceName: String
    package var defaultLimit: Int
    package var description: String?
}

package struct Limit: Sendable {
    package var id: LimitID
    package var registered: RegisteredLimit
    package var projectID: ProjectID?
    package var domainID: DomainID?
    package var resourceLimit: Int
    package var description: String?
}

/// What a policy document is for.
package enum PolicyTarget: Sendable, Hashable {
    case endpoint(EndpointID)
    case service(ServiceID)
    case serviceInRegion(ServiceID, RegionID)

    /// The endpoint's or the service's.
    package var id: String {
        switch self {
        case .endpoint(let id): id.rawValue
        case .service(let id), .serviceInRegion(let id, _): id.rawValue
        }
    }
}
