import Core
import HTTPTypes

/// `{"error": {"code": 404, "message": "…", "title": "Not Found"}}`.
public struct KeystoneFaults: FaultStyle {
    init() {}

    public func policyDenial(_ rule: String) -> String {
        "You are not authorized to perform the requested action: \(rule)."
    }

    public var unexpected: String {
        "An unexpected error prevented the server from fulfilling your request."
    }

    public var routeNotFound: String {
        "The requested URL was not found on the server. If you entered the URL manually please check your "
            + "spelling and try again."
    }

    public func body(_ fault: APIFault, _ request: FaultRequest) -> FaultBody {
        var json = JSONWriter()
        json.object {
            $0.field("error") {
                $0.object {
                    $0.field("code", fault.status.code)
                    $0.field("message", fault.message)
                    $0.field("title", fault.title ?? StatusText.title(fault.status.code))
                }
            }
        }
        return FaultBody(bytes: json.bytes)
    }
}

extension FaultStyle where Self == KeystoneFaults {
    public static var keystone: KeystoneFaults { KeystoneFaults() }
}
