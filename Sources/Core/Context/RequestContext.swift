public import FoundationEssentials

/// Who asks, for what, and until when. Travels with every request, message and log line.
///
/// It carries no token: a daemon that acts for a user presents its own service credentials.
public struct RequestContext: Sendable, Codable, Hashable {
    /// This request's id, `req-UUID`, made by the daemon that accepted it.
    public var requestID: String
    /// The id given by the calling service in `X-OpenStack-Request-ID`, if any.
    public var globalRequestID: String?

    public var userID: UserID?
    public var userName: String?
    public var userDomainID: DomainID?
    public var userDomainName: String?

    /// The project of a project-scoped token.
    public var projectID: ProjectID?
    public var projectName: String?
    public var projectDomainID: DomainID?
    public var projectDomainName: String?

    /// The domain of a domain-scoped token.
    public var domainID: DomainID?
    public var domainName: String?
    /// `all` for a system-scoped token.
    public var systemScope: String?

    /// Names of the roles held in this scope, implied ones included.
    public var roles: [String]
    /// Roles of the service token sent beside the user's, if one was: see `X-Service-Token`.
    public var serviceRoles: [String]

    /// When the caller stops waiting; nil for work that outlives the call.
    public var deadline: Date?
    /// W3C trace context of the caller (`traceparent`).
    public var traceparent: String?
    /// The address the request came from, for audit and rate limits.
    public var remoteAddress: String?

    public init(
        requestID: String, globalRequestID: String? = nil, userID: UserID? = nil, userName: String? = nil,
        projectID: ProjectID? = nil, projectName: String? = nil, roles: [String] = [], serviceRoles: [String] = []
    ) {
        self.requestID = requestID
        self.globalRequestID = globalRequestID
        self.userID = userID
        self.userName = userName
        self.projectID = projectID
        self.projectName = projectName
        self.roles = roles
        self.serviceRoles = serviceRoles
    }

    /// The context of work that no request asked for: reconcilers, agents' reports.
    public static func system(_ ids: IDGenerator = .random) -> RequestContext {
        RequestContext(requestID: "req-\(ids.uuid())", roles: ["admin"])
    }

    public func hasRole(_ name: String) -> Bool {
        roles.contains { $0.lowercased() == name.lowercased() }
    }
}
