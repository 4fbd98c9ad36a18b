public import Core
public import FoundationEssentials
public import Messaging

/// What identity tells everyone.
public enum IdentityTopic: Topic {
    public static let name = "identity"
}

/// Tokens that stop being valid. All members that are set must fit a token for it to be meant.
///
/// Advice: services drop what they cached and ask again, so a repeated or too wide event costs only
/// a request.
public struct TokenRevoked: RPCFanout, Hashable {
    public typealias Destination = IdentityTopic
    public static let name = "token.revoked"
    public static let since = RPCVersion(1, 0)

    public var auditID: String?
    /// The first token's audit id: covers every token made from it.
    public var auditChainID: String?
    public var userID: UserID?
    public var projectID: ProjectID?
    /// The token's domain, or the domain of its user or project.
    public var domainID: DomainID?
    public var trustID: String?
    public var applicationCredentialID: String?
    /// Tokens issued after this are not meant; nil for all.
    public var issuedBefore: Date?

    public init(
        auditID: String? = nil, auditChainID: String? = nil, userID: UserID? = nil, projectID: ProjectID? = nil,
        domainID: DomainID? = nil, trustID: String? = nil, applicationCredentialID: String? = nil,
        issuedBefore: Date? = nil
    ) {
        self.auditID = auditID
        self.auditChainID = auditChainID
        self.userID = userID
        self.projectID = projectID
        self.domainID = domainID
        self.trustID = trustID
        self.applicationCredentialID = applicationCredentialID
        self.issuedBefore = issuedBefore
    }
}
