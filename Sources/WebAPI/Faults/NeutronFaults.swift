public import Core
public import HTTPTypes

/// `{"NeutronError": {"type": "NetworkNotFound", "message": "…", "detail": ""}}`.
public struct NeutronFaults: FaultStyle {
    init() {}

    public func status(_ code: ServiceError.Code) -> HTTPResponse.Status {
        code == .overQuota ? .conflict : commonStatus(code)
    }

    public func type(_ code: ServiceError.Code) -> String? {
        switch code {
        case .badRequest: "HTTPBadRequest"
        case .unauthorized: "HTTPUnauthorized"
        case .forbidden: "PolicyNotAuthorized"
        case .notFound: "HTTPNotFound"
        case .conflict: "Conflict"
        case .overQuota: "OverQuota"
        case .unavailable: "ServiceUnavailable"
        case .internal: "HTTPInternalServerError"
        default: nil
        }
    }

    public func policyDenial(_ rule: String) -> String { "rule:\(rule) is disallowed by policy" }

    public var unexpected: String {
        "Request Failed: internal server error while processing your request."
    }

    public func body(_ fault: APIFault, _ request: FaultRequest) -> FaultBody {
        var json = JSONWriter()
        json.object {
            $0.field("NeutronError") {
                $0.object {
                    $0.field("type", fault.type ?? Self.name(fault.status.code))
                    $0.field("message", fault.message)
                    $0.field("detail", "")
                }
            }
        }
        return FaultBody(bytes: json.bytes)
    }

    private static func name(_ status: Int) -> String {
        "HTTP" + StatusText.title(status).filter { $0 != " " }
    }
}

extension FaultStyle where Self == NeutronFaults {
    public static var neutron: NeutronFaults { NeutronFaults() }
}
