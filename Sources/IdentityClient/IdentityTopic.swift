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
    /// Its number among all revocations. See `RevocationBeat`.
    public var sequence: Int64?

    public init(
        auditID: String? = nil, auditChainID: String? = nil, userID: UserID? = nil, projectID: ProjectID? = nil,
        domainID: DomainID? = nil, trustID: String? = nil, applicationCredentialID: String? = nil,
        issuedBefore: Date? = nil, sequence: Int64? = nil
    ) {
        self.auditID = auditID
        self.auditChainID = auditChainID
        self.userID = userID
        self.projectID = projectID
        self.domainID = domainID
        self.trustID = trustID
        self.applicationCredentialID = applicationCredentialID
        self.issuedBefore = issuedBefore
        self.sequence = sequence
    }
}

/// Sent by every identity daemon each second: how many revocations there have been. A service that has not seen as
/// many, or hears no beats, does not believe what it cached.
public struct RevocationBeat: RPCFanout, Hashable {
    public typealias Destination = IdentityTopic
    public static let name = "token.revocation_beat"
    public static let since = RPCVersion(1, 1)
    public static let interval: Duration = .seconds(1)

    /// The newest revocation's number.
    public var sequence: Int64
    /// Before the number was read, by identity's clock.
    public var at: Date

    public init(sequence: Int64, at: Date) {
        self.sequence = sequence
        self.at = at
    }
}
