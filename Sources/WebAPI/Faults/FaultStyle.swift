public import Core
public import HTTPTypes

/// What a style may look at when it writes a fault.
public struct FaultRequest: Sendable {
    public let accept: String?
    public let requestID: String
    public let version: Microversion?
    public let path: String

    public init(accept: String? = nil, requestID: String, version: Microversion? = nil, path: String = "/") {
        self.accept = accept
        self.requestID = requestID
        self.version = version
        self.path = path
    }
}

/// A fault's bytes and their media type.
public struct FaultBody: Sendable {
    public let contentType: String
    public let bytes: [UInt8]

    public init(contentType: String = "application/json", bytes: [UInt8]) {
        self.contentType = contentType
        self.bytes = bytes
    }
}

/// How one OpenStack service writes its errors.
public protocol FaultStyle: Sendable {
    func body(_ fault: APIFault, _ request: FaultRequest) -> FaultBody
    /// The status for a service's error.
    func status(_ code: ServiceError.Code) -> HTTPResponse.Status
    /// The name used when nothing more exact is known (Neutron's `type`).
    func type(_ code: ServiceError.Code) -> String?
    /// The message when policy refuses `rule`.
    func policyDenial(_ rule: String) -> String
    /// The message for a path that no operation has.
    var routeNotFound: String { get }
    /// The message of an error that nobody foresaw. Never the error's own text.
    var unexpected: String { get }
}

extension FaultStyle {
    public func status(_ code: ServiceError.Code) -> HTTPResponse.Status { commonStatus(code) }
    public func type(_ code: ServiceError.Code) -> String? { nil }
    public func policyDenial(_ rule: String) -> String { "Policy doesn't allow \(rule) to be performed." }
    public var routeNotFound: String { "The resource could not be found." }
    public var unexpected: String { "An unexpected error occurred. The request id identifies it in the logs." }

    /// The fault for any error a handler threw.
    func fault(for error: any Error) -> APIFault {
        switch error {
        case let fault as APIFault: return fault
        case let error as ServiceError:
            let status = self.status(error.code)
            let type = (error.cause as? any FaultNaming)?.faultType ?? self.type(error.code)
            var headers: HTTPFields = [:]
            if status == .serviceUnavailable { headers[.retryAfter] = "1" }
            let message = error.code == .internal ? unexpected : error.message
            return APIFault(status, message, type: type, headers: headers, cause: error)
        default:
            return APIFault(.internalServerError, unexpected, type: type(.internal), cause: error)
        }
    }
}

/// The mapping that most services share.
func commonStatus(_ code: ServiceError.Code) -> HTTPResponse.Status {
    switch code {
    case .badRequest: .badRequest
    case .unauthorized: .unauthorized
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .notAcceptable: .notAcceptable
    case .conflict: .conflict
    case .gone: .gone
    case .preconditionFailed: .preconditionFailed
    case .tooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .rangeNotSatisfiable: .rangeNotSatisfiable
    case .unprocessable: .unprocessableContent
    case .overQuota: .forbidden
    case .rateLimited: .tooManyRequests
    case .notImplemented: .notImplemented
    case .badGateway: .badGateway
    case .unavailable: .serviceUnavailable
    case .timeout: .gatewayTimeout
    default: .internalServerError
    }
}
