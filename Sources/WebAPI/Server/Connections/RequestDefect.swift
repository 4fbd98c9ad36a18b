import HTTPTypes
import NIOHTTP1

/// Why a connection's bytes are no request, or will not be one in time.
///
/// Such a request is answered like any other: in the service's own format, with a request id, and in
/// its turn behind earlier ones on the connection. It goes to the dispatcher as a request whose scheme
/// no client can give it.
enum RequestDefect: String, Error {
    case malformed
    case cutShort
    case headTooLarge
    case headTooSlow
    case bodyMalformed
    case bodyTooSlow

    init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self = .headTooLarge
        case .invalidEOFState: self = .cutShort
        default: self = .malformed
        }
    }

    private static let scheme = "defect"

    /// Stands for the request in the connection's order.
    var request: HTTPRequest {
        HTTPRequest(
            method: HTTPRequest.Method("-") ?? .get, scheme: Self.scheme, authority: nil, path: rawValue,
            headerFields: [.connection: "close"])
    }

    /// nil for what a client sent.
    init?(_ request: HTTPRequest) {
        guard request.scheme == Self.scheme, let path = request.path else { return nil }
        self.init(rawValue: path)
    }

    /// Never a 5xx, not even for another version of HTTP: the mistake is the client's.
    var fault: APIFault {
        let headers: HTTPFields = [.connection: "close"]
        return switch self {
        case .malformed:
            APIFault(.badRequest, "What was received is not an HTTP/1.1 request.", headers: headers)
        case .cutShort:
            APIFault(.badRequest, "The connection ended within the request.", headers: headers)
        case .headTooLarge:
            APIFault(
                .requestHeaderFieldsTooLarge, "The request line or the header fields are too large.",
                headers: headers)
        case .headTooSlow:
            APIFault(.requestTimeout, "The request's header did not arrive in time.", headers: headers)
        case .bodyMalformed:
            APIFault(.badRequest, "The request body is not framed as its header says.", headers: headers)
        case .bodyTooSlow:
            APIFault(.requestTimeout, "The request body did not arrive in time.", headers: headers)
        }
    }
}
