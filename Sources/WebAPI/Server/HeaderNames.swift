public import HTTPTypes

/// Header names that OpenStack's services share.
extension HTTPField.Name {
    public static let openStackAPIVersion = known("OpenStack-API-Version")
    public static let novaAPIVersion = known("X-OpenStack-Nova-API-Version")
    public static let authToken = known("X-Auth-Token")
    public static let serviceToken = known("X-Service-Token")
    public static let subjectToken = known("X-Subject-Token")
    public static let openStackRequestID = known("X-Openstack-Request-Id")
    public static let computeRequestID = known("x-compute-request-id")
    public static let traceparent = known("traceparent")
    public static let forwardedProto = known("X-Forwarded-Proto")
    public static let forwardedHost = known("X-Forwarded-Host")
    public static let forwardedPrefix = known("X-Forwarded-Prefix")
    public static let forwardedFor = known("X-Forwarded-For")
    /// `Host` is carried as the request's authority; this name is for proxies' copies.
    public static let retryAfterSeconds = HTTPField.Name.retryAfter

    /// A name known to be valid; the fallback exists only because the initialiser may refuse.
    static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .userAgent }
}

extension HTTPFields {
    /// Whether the client waits for `100 Continue` before it sends a body.
    var expectsContinue: Bool { self[.expect]?.lowercased() == "100-continue" }
}
