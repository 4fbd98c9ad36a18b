public import Core
public import HTTPTypes

/// `{"itemNotFound": {"code": 404, "message": "…"}}`: Nova and, with another quota status, Cinder.
public struct NovaFaults: FaultStyle {
    private let overQuota: HTTPResponse.Status

    init(overQuota: HTTPResponse.Status) { self.overQuota = overQuota }

    public func status(_ code: ServiceError.Code) -> HTTPResponse.Status {
        code == .overQuota ? overQuota : commonStatus(code)
    }

    public var unexpected: String {
        "Unexpected API Error. Look for the request id in the service's log."
    }

    public func body(_ fault: APIFault, _ request: FaultRequest) -> FaultBody {
        var json = JSONWriter()
        json.object {
            $0.field(Self.name(fault.status.code)) {
                $0.object {
                    $0.field("code", fault.status.code)
                    $0.field("message", fault.message)
                    if let retry = fault.headers[.retryAfter], fault.status.code == 413 || fault.status.code == 429 {
                        $0.field("retryAfter", retry)
                    }
                }
            }
        }
        return FaultBody(bytes: json.bytes)
    }

    static func name(_ status: Int) -> String {
        switch status {
        case 400: "badRequest"
        case 401: "unauthorized"
        case 403: "forbidden"
        case 404: "itemNotFound"
        case 405: "badMethod"
        case 409: "conflictingRequest"
        case 413, 429: "overLimit"
        case 415: "badMediaType"
        case 501: "notImplemented"
        case 503: "serviceUnavailable"
        default: "computeFault"
        }
    }
}

extension FaultStyle where Self == NovaFaults {
    public static var nova: NovaFaults { NovaFaults(overQuota: .forbidden) }
    public static var cinder: NovaFaults { NovaFaults(overQuota: .contentTooLarge) }
}
