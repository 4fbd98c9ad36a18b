public import Core
public import FoundationEssentials

/// What a valid token says.
public struct TokenInfo: Sendable, Codable, Hashable {
    public var userID: UserID
    public var userName: String
    public var userDomainID: DomainID?
    public var userDomainName: String?

    public var projectID: ProjectID?
    public var projectName: String?
    public var projectDomainID: DomainID?
    public var projectDomainName: String?
    public var domainID: DomainID?
    public var domainName: String?
    /// `all` for a system-scoped token.
    public var systemScope: String?

    public var roles: [String]
    public var expiresAt: Date
    public var issuedAt: Date?
    public var methods: [String]
    public var auditIDs: [String]
    public var trustID: String?
    public var applicationCredentialID: String?
    /// Nil: everything is allowed. Otherwise only what one of these allows.
    public var accessRules: [AccessRule]?

    public init(
        userID: UserID, userName: String, userDomainID: DomainID? = nil, userDomainName: String? = nil,
        projectID: ProjectID? = nil, projectName: String? = nil, projectDomainID: DomainID? = nil,
        projectDomainName: String? = nil, domainID: DomainID? = nil, domainName: String? = nil,
        systemScope: String? = nil, roles: [String] = [], expiresAt: Date, issuedAt: Date? = nil,
        methods: [String] = [], auditIDs: [String] = [], trustID: String? = nil,
        applicationCredentialID: String? = nil, accessRules: [AccessRule]? = nil
    ) {
        self.userID = userID
        self.userName = userName
        self.userDomainID = userDomainID
        self.userDomainName = userDomainName
        self.projectID = projectID
        self.projectName = projectName
        self.projectDomainID = projectDomainID
        self.projectDomainName = projectDomainName
        self.domainID = domainID
        self.domainName = domainName
        self.systemScope = systemScope
        self.roles = roles
        self.expiresAt = expiresAt
        self.issuedAt = issuedAt
        self.methods = methods
        self.auditIDs = auditIDs
        self.trustID = trustID
        self.applicationCredentialID = applicationCredentialID
        self.accessRules = accessRules
    }

    /// Puts the token's user, scope and roles into a request's context.
    public func apply(to context: inout RequestContext) {
        context.change { fields in
            fields.userID = userID
            fields.userName = userName
            fields.userDomainID = userDomainID
            fields.userDomainName = userDomainName
            fields.projectID = projectID
            fields.projectName = projectName
            fields.projectDomainID = projectDomainID
            fields.projectDomainName = projectDomainName
            fields.domainID = domainID
            fields.domainName = domainName
            fields.systemScope = systemScope
            fields.roles = roles
        }
    }
}
