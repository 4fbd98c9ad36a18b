public import HTTPTypes

/// An error that knows its HTTP answer. Thrown in API layers only; services throw `ServiceError`.
public struct APIFault: Error, Sendable, CustomStringConvertible {
    public var status: HTTPResponse.Status
    /// For the user: says what to do.
    public var message: String
    /// The fault's own name where the style has one: Neutron's `type`, Placement's `code`.
    public var type: String?
    /// Keystone's `title` when it is not the status' reason.
    public var title: String?
    public var headers: HTTPFields
    public var cause: (any Error)?
    /// The range that Placement adds to a 406.
    public var versionRange: (min: Microversion, max: Microversion)?

    public init(
        _ status: HTTPResponse.Status, _ message: String, type: String? = nil, title: String? = nil,
        headers: HTTPFields = [:], cause: (any Error)? = nil,
        versionRange: (min: Microversion, max: Microversion)? = nil
    ) {
        self.status = status
        self.message = message
        self.type = type
        self.title = title
        self.headers = headers
        self.cause = cause
        self.versionRange = versionRange
    }

    public var description: String { "\(status.code) \(message)" }
}

/// The cause of a `ServiceError` that knows the name its API gives the fault (Neutron's exception
/// class, Placement's error code), so that services need not know of HTTP.
public protocol FaultNaming: Error {
    var faultType: String { get }
}
