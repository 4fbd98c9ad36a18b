public import FoundationEssentials

/// Who asks, for what, and until when. Travels with every request, message and log line.
///
/// It carries no token: a daemon that acts for a user presents its own service credentials.
///
/// A value, kept in an object that its copies share until one is changed: it is handed on so often that copies of all
/// its texts were a part of what a request costs.
public struct RequestContext: Sendable, Codable, Hashable {
    /// This request's id, `req-UUID`, made by the daemon that accepted it.
    public var requestID: String {
        get { box.fields.requestID }
        set { change { $0.requestID = newValue } }
    }
    /// The id given by the calling service in `X-OpenStack-Request-ID`, if any.
    public var globalRequestID: String? {
        get { box.fields.globalRequestID }
        set { change { $0.globalRequestID = newValue } }
    }

    public var userID: UserID? {
        get { box.fields.userID }
        set { change { $0.userID = newValue } }
    }
    public var userName: String? {
        get { box.fields.userName }
        set { change { $0.userName = newValue } }
    }
    public var userDomainID: DomainID? {
        get { box.fields.userDomainID }
        set { change { $0.userDomainID = newValue } }
    }
    public var userDomainName: String? {
        get { box.fields.userDomainName }
        set { change { $0.userDomainName = newValue } }
    }

    /// The project of a project-scoped token.
    public var projectID: ProjectID? {
        get { box.fields.projectID }
        set { change { $0.projectID = newValue } }
    }
    public var projectName: String? {
        get { box.fields.projectName }
        set { change { $0.projectName = newValue } }
    }
    public var projectDomainID: DomainID? {
        get { box.fields.projectDomainID }
        set { change { $0.projectDomainID = newValue } }
    }
    public var projectDomainName: String? {
        get { box.fields.projectDomainName }
        set { change { $0.projectDomainName = newValue } }
    }

    /// The domain of a domain-scoped token.
    public var domainID: DomainID? {
        get { box.fields.domainID }
        set { change { $0.domainID = newValue } }
    }
    public var domainName: String? {
        get { box.fields.domainName }
        set { change { $0.domainName = newValue } }
    }
    /// `all` for a system-scoped token.
    public var systemScope: String? {
        get { box.fields.systemScope }
        set { change { $0.systemScope = newValue } }
    }

    /// Names of the roles held in this scope, implied ones included.
    public var roles: [String] {
        get { box.fields.roles }
        set { change { $0.roles = newValue } }
    }
    /// Roles of the service token sent beside the user's, if one was: see `X-Service-Token`.
    public var serviceRoles: [String] {
        get { box.fields.serviceRoles }
        set { change { $0.serviceRoles = newValue } }
    }

    /// When the caller stops waiting; nil for work that outlives the call.
    public var deadline: Date? {
        get { box.fields.deadline }
        set { change { $0.deadline = newValue } }
    }
    /// W3C trace context of the caller (`traceparent`).
    public var traceparent: String? {
        get { box.fields.traceparent }
        set { change { $0.traceparent = newValue } }
    }
    /// The address the request came from, for audit and rate limits.
    public var remoteAddress: String? {
        get { box.fields.remoteAddress }
        set { change { $0.remoteAddress = newValue } }
    }

    public init(
        requestID: String, globalRequestID: String? = nil, userID: UserID? = nil, userName: String? = nil,
        projectID: ProjectID? = nil, projectName: String? = nil, roles: [String] = [], serviceRoles: [String] = []
    ) {
        var fields = Fields(requestID: requestID)
        fields.globalRequestID = globalRequestID
        fields.userID = userID
        fields.userName = userName
        fields.projectID = projectID
        fields.projectName = projectName
        fields.roles = roles
        fields.serviceRoles = serviceRoles
        box = Box(fields)
    }

    /// The context of work that no request asked for: reconcilers, agents' reports.
    public static func system(_ ids: IDGenerator = .random) -> RequestContext {
        RequestContext(requestID: "req-\(ids.uuid())", roles: ["admin"])
    }

    public func hasRole(_ name: String) -> Bool {
        roles.contains { $0.lowercased() == name.lowercased() }
    }

    // MARK: What copies share

    /// All members at once, for those who make contexts by the thousand.
    package struct Fields: Sendable, Codable, Hashable {
        package var requestID: String
        package var globalRequestID: String?
        package var userID: UserID?
        package var userName: String?
        package var userDomainID: DomainID?
        package var userDomainName: String?
        package var projectID: ProjectID?
        package var projectName: String?
        package var projectDomainID: DomainID?
        package var projectDomainName: String?
        package var domainID: DomainID?
        package var domainName: String?
        package var systemScope: String?
        package var roles: [String] = []
        package var serviceRoles: [String] = []
        package var deadline: Date?
        package var traceparent: String?
        package var remoteAddress: String?

        package init(requestID: String) { self.requestID = requestID }
    }

    /// Never changed: what is read at every turn would be checked for overlapping use.
    private final class Box: Sendable {
        let fields: Fields

        init(_ fields: Fields) { self.fields = fields }
    }

    private var box: Box

    /// Changes several members at the cost of one.
    package mutating func change(_ body: (inout Fields) -> Void) {
        var fields = box.fields
        body(&fields)
        box = Box(fields)
    }

    package init(_ fields: Fields) { box = Box(fields) }

    public init(from decoder: any Decoder) throws { box = Box(try Fields(from: decoder)) }

    public func encode(to encoder: any Encoder) throws { try box.fields.encode(to: encoder) }

    public static func == (left: Self, right: Self) -> Bool {
        left.box === right.box || left.box.fields == right.box.fields
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(box.fields) }
}
