public import HTTPTypes

extension HTTPFields {
    /// Adds a field to an answer, unless the operation has set it. Looks the few fields through: setting one by its
    /// name makes an index of all, which costs more than the answer's fields are worth.
    mutating func addUnlessThere(_ name: HTTPField.Name, _ value: @autoclosure () -> String) {
        if !contains(where: { $0.name == name }) { append(HTTPField(name: name, value: value())) }
    }

    /// What the subscript answers, without its work of joining several fields of one name: there is nearly always one.
    func value(_ name: HTTPField.Name) -> String? {
        var found: String?
        for field in self where field.name == name {
            if found != nil { return self[name] }
            found = field.value
        }
        return found
    }
}

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
    var expectsContinue: Bool { value(.expect)?.lowercased() == "100-continue" }
}
