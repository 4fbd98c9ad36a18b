package import Core
import HTTPTypes
package import WebAPI

extension LocalAPI {
    /// Sends JSON with a token.
    /// - Parameter version: the microversion header's whole value: `compute 2.96`.
    package func send(
        _ method: String, _ target: String, _ json: JSONValue?, token: String = SampleAuthenticator.admin,
        version: String? = nil
    ) async throws -> Answer {
        var headers = HTTPFields()
        headers[.init("X-Auth-Token") ?? .authorization] = token
        if json != nil { headers[.contentType] = "application/json" }
        if let version { headers[.init("OpenStack-API-Version") ?? .accept] = version }
        return try await send(
            HTTPRequest.Method(rawValue: method) ?? .get, target, headers: headers,
            body: json.map { Array($0.jsonText.utf8) } ?? [])
    }
}
