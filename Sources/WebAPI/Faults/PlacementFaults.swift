import Core
import HTTPTypes

/// `{"errors": [{"status": 404, "title": "Not Found", "detail": "…", "request_id": "req-…"}]}`,
/// the API SIG's error format, with `code` since 1.23.
public struct PlacementFaults: FaultStyle {
    init() {}

    public func policyDenial(_ rule: String) -> String { "Policy does not allow \(rule) to be performed." }

    public func body(_ fault: APIFault, _ request: FaultRequest) -> FaultBody {
        var json = JSONWriter()
        json.object {
            $0.field("errors") {
                $0.array([fault]) { json, fault in
                    json.object {
                        $0.field("status", fault.status.code)
                        $0.field("title", StatusText.title(fault.status.code))
                        $0.field("detail", "\(StatusText.explanation(fault.status.code))\n\n \(fault.message)  ")
                        if let range = fault.versionRange {
                            $0.field("max_version", range.max.description)
                            $0.field("min_version", range.min.description)
                        }
                        $0.field("request_id", request.requestID)
                        if let version = request.version, version >= "1.23" {
                            $0.field("code", fault.type ?? "placement.undefined_code")
                        }
                    }
                }
            }
        }
        return FaultBody(bytes: json.bytes)
    }
}

extension FaultStyle where Self == PlacementFaults {
    public static var placement: PlacementFaults { PlacementFaults() }
}
