public import HTTPTypes

/// What a request must show before its operation runs.
public enum OperationAuth: Sendable {
    /// A valid token, else 401.
    case required
    /// A valid token is used; a missing or invalid one makes the caller anonymous.
    case optional
    /// Tokens are not looked at.
    case none
}

/// A request body's schema from one microversion on.
public struct BodySchema: Sendable {
    public let since: Microversion
    public let schema: JSONSchema

    public init(since: Microversion, _ schema: JSONSchema) {
        self.since = since
        self.schema = schema
    }
}

/// One thing that an API can do: its route, versions, policy, schemas and handler, as data.
///
/// Routes, version negotiation, validation and policy checks all follow from it. Several operations
/// may share method and path when their versions differ, or when `action` names the member of the
/// body that selects them (`POST /servers/{id}/action`).
public final class Operation: Sendable {
    public typealias Handler = @Sendable (APIRequest) async throws -> APIResponse

    public let method: HTTPRequest.Method
    /// Relative to the mount's prefix: `/servers/{id}`. A last part `{rest*}` takes all that follows.
    public let path: String
    public let versions: VersionRange
    public let name: String
    public let action: String?
    public let policy: PolicyRule?
    public let query: QuerySchema?
    public let bodies: [BodySchema]
    public let success: HTTPResponse.Status
    public let auth: OperationAuth
    public let rawBody: Bool
    public let contentTypes: [String]
    public let maxBody: Int?
    public let handler: Handler

    /// - Parameters:
    ///   - policy: nil when the operation is public, or its handler checks (against the resource it found).
    ///     The default target is the caller's own project and user.
    ///   - body: the schema at every version; give `bodies` instead when it changes.
    ///   - action: the name of the body's single member, for action routes.
    ///   - rawBody: the handler reads `bodyStream` itself; nothing is collected or parsed.
    ///   - contentTypes: media types accepted for a body that is parsed; others are 415.
    ///   - maxBody: bytes; nil takes the server's limit.
    public init(
        _ method: HTTPRequest.Method, _ path: String, _ versions: VersionRange = .all, name: String? = nil,
        action: String? = nil, policy: PolicyRule? = nil, query: QuerySchema? = nil, body: JSONSchema? = nil,
        bodies: [BodySchema] = [], success: HTTPResponse.Status = .ok, auth: OperationAuth = .required,
        rawBody: Bool = false, contentTypes: [String] = ["application/json"], maxBody: Int? = nil,
        handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.versions = versions
        self.name = name ?? "\(method.rawValue) \(path)" + (action.map { " \($0)" } ?? "")
        self.action = action
        self.policy = policy
        self.query = query
        self.bodies =
            (body.map { [BodySchema(since: Microversion(0, 0), $0)] } ?? [])
            + bodies.sorted { $0.since < $1.since }
        self.success = success
        self.auth = auth
        self.rawBody = rawBody
        self.contentTypes = contentTypes
        self.maxBody = maxBody
        self.handler = handler
    }

    /// The schema in force at a version; at no version (an API without them) the newest.
    func schema(at version: Microversion?) -> JSONSchema? {
        guard let version else { return bodies.last?.schema }
        return bodies.last { $0.since <= version }?.schema
    }
}
