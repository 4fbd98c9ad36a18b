public import AsyncHTTPClient
public import Core
import NIOHTTP1

/// Methods of calls between services.
public enum ServiceMethod: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
}

/// Another service's answer.
public struct ServiceResponse: Sendable {
    public let status: Int
    private let headers: HTTPHeaders
    /// Null for an empty body, or one that is no JSON.
    public let json: JSONValue
    public let bytes: [UInt8]

    init(status: Int, headers: HTTPHeaders, json: JSONValue, bytes: [UInt8]) {
        self.status = status
        self.headers = headers
        self.json = json
        self.bytes = bytes
    }

    public func header(_ name: String) -> String? { headers.first(name: name) }
}

/// An answer whose body is read as it arrives, once.
public struct ServiceDownload: Sendable {
    public let status: Int
    /// Bytes, when the service announced them.
    public let length: Int?
    public let body: HTTPClientResponse.Body
    private let headers: HTTPHeaders

    init(status: Int, length: Int?, headers: HTTPHeaders, body: HTTPClientResponse.Body) {
        self.status = status
        self.length = length
        self.headers = headers
        self.body = body
    }

    public func header(_ name: String) -> String? { headers.first(name: name) }
}
