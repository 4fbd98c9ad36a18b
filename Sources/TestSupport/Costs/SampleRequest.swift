package import Core
package import HTTPTypes

/// One request that a test sends to an operation, started from the operation's key.
package struct SampleRequest: Sendable {
    package let method: HTTPRequest.Method
    /// The path with its parameters: `/v2.1/servers/{id}`.
    package let path: String
    package var query = ""
    package var json: JSONValue?
    package var bytes: [UInt8] = []
    package var headers: HTTPFields = [:]
    /// As `SampleAuthenticator` reads it.
    package var token = SampleAuthenticator.admin
    /// The microversion; nil for the newest at which the operation exists.
    package var version: String?
    /// What is answered, when it is not a success.
    package var status: Int?
    private var parameters: [String: String] = [:]

    /// - Parameter key: `POST /v2.1/servers/{id}/action reboot`.
    package init(_ key: String) {
        let words = key.split(separator: " ")
        method = HTTPRequest.Method(rawValue: String(words.first ?? "")) ?? .get
        path = words.count > 1 ? String(words[1]) : "/"
    }

    /// A parameter of the path, percent-encoded already.
    package subscript(_ name: String) -> String? {
        get { parameters[name] }
        set { parameters[name] = newValue }
    }

    package var body: [UInt8] { json.map { Array($0.jsonText.utf8) } ?? bytes }

    package var target: String {
        let filled = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.hasPrefix("{") else { return String(part) }
            return parameters[part.filter { !"{}*".contains($0) }] ?? "none"
        }
        return filled.joined(separator: "/") + (query.isEmpty ? "" : "?" + query)
    }
}
