package import Core
package import FoundationEssentials

/// Which tokens made until `issuedBefore` are void: those that match every field that is set.
package struct RevocationEvent: Sendable, Hashable {
    package var userID: UserID?
    package var projectID: ProjectID?
    package var domainID: DomainID?
    package var trustID: TrustID?
    package var applicationCredentialID: ApplicationCredentialID?
    package var auditID: String?
    package var auditChainID: String?
    package var issuedBefore: Date
    /// Its number among all revocations, once it is stored: who receives one and not the one before has missed it.
    package var sequence: Int64?

    package init(
        userID: UserID? = nil, projectID: ProjectID? = nil, domainID: DomainID? = nil, trustID: TrustID? = nil,
        applicationCredentialID: ApplicationCredentialID? = nil, auditID: String? = nil,
        auditChainID: String? = nil, issuedBefore: Date
    ) {
        self.userID = userID
        self.projectID = projectID
        self.domainID = domainID
        self.trustID = trustID
        self.applicationCredentialID = applicationCredentialID
        self.auditID = auditID
        self.auditChainID = auditChainID
        self.issuedBefore = issuedBefore
    }
}

extension RevocationEvent {
    /// One event that covers several, so that a request announces one: the wide one unless there is a single event.
    /// Caches ask again, which is all that too wide an announcement costs.
    package static func covering(_ events: [RevocationEvent]) -> RevocationEvent? {
        guard events.count > 1 else { return events.first }
        return events.map(\.issuedBefore).max().map { RevocationEvent(issuedBefore: $0) }
    }
}
