public import Core
public import HTTPTypes
public import Logging

/// A request as a handler sees it: authenticated, negotiated and validated.
///
/// An object, since views and closures hand it on so often that copies of all its parts would cost more than they do.
public final class APIRequest: Sendable {
    public let method: HTTPRequest.Method
    /// The path as sent, without query.
    public let path: String
    public let context: RequestContext
    /// The negotiated microversion; 0.0 for an API without them.
    public let version: Microversion
    public let parameters: [String: String]
    public let query: QueryItems
    public let headers: HTTPFields
    /// The parsed, validated body; null when there was none.
    public let body: JSONValue
    /// The body of a `rawBody` operation, readable once.
    public let bodyStream: RequestBodyStream
    /// Bytes announced by `Content-Length`, if it was.
    public let contentLength: Int?
    /// `scheme://host[:port]` as the client sees it, without a trailing slash.
    public let endpoint: String
    /// `endpoint` and the mount's prefix with its parameters filled in: `http://cloud:8774/v2.1`.
    public let baseURL: String
    public let policy: PolicyEnforcer
    /// What the token said; nil for an anonymous caller.
    public let token: TokenInfo?
    let serviceLogger: Logger

    init(
        method: HTTPRequest.Method, path: String, context: RequestContext, version: Microversion,
        parameters: [String: String], query: QueryItems, headers: HTTPFields, body: JSONValue,
        bodyStream: RequestBodyStream, contentLength: Int?, endpoint: String, baseURL: String, policy: PolicyEnforcer,
        token: TokenInfo?, serviceLogger: Logger
    ) {
        self.method = method
        self.path = path
        self.context = context
        self.version = version
        self.parameters = parameters
        self.query = query
        self.headers = headers
        self.body = body
        self.bodyStream = bodyStream
        self.contentLength = contentLength
        self.endpoint = endpoint
        self.baseURL = baseURL
        self.policy = policy
        self.token = token
        self.serviceLogger = serviceLogger
    }

    /// A logger whose lines name the request.
    public var logger: Logger { serviceLogger.with(context) }

    /// The whole URL as the client sees it, without query.
    public var url: String { endpoint + path }

    /// The body's member named by an action operation.
    public func actionBody(_ name: String) -> JSONValue { body[name] ?? .null }

    /// A parameter of the operation's own path.
    /// - Throws: 404 if the path has none of that name, which is a mistake in the operation.
    public func parameter(_ name: String) throws -> String {
        guard let value = parameters[name] else { throw ServiceError(.notFound, "The resource could not be found.") }
        return value
    }

    /// The body as a type; what does not fit is the client's mistake.
    public func decode<T: Decodable>(_ type: T.Type) throws -> T {
        do {
            return try body.decode(type)
        } catch {
            throw ServiceError(.badRequest, "The request body does not have the expected form.", cause: error)
        }
    }

    /// - Throws: 403, in the words of the API's fault style.
    public func authorize(_ rule: PolicyRule, target: [String: String?] = [:]) throws {
        try policy.authorize(rule, target: target)
    }

    public func isAllowed(_ rule: PolicyRule, target: [String: String?] = [:]) -> Bool {
        policy.isAllowed(rule, target: target)
    }

    /// Like `authorize`, but what the caller may not know of does not exist.
    /// - Parameter notFound: the message of the 404.
    public func authorizeOrHide(
        _ rule: PolicyRule, target: [String: String?], notFound: String = "The resource could not be found."
    ) throws {
        guard policy.isAllowed(rule, target: target) else { throw ServiceError(.notFound, notFound) }
    }
}
