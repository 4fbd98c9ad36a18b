import Core
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

@testable import WebAPI

/// Tokens are `user:project:role,role`.
struct FakeAuthenticator: Authenticator {
    func authenticate(token: String, context: RequestContext) async throws -> TokenInfo {
        let parts = token.split(separator: ":").map(String.init)
        guard parts.count == 3 else { throw ServiceError(.unauthorized, "The token is not valid.") }
        return TokenInfo(
            userID: UserID(parts[0]), userName: parts[0], projectID: ProjectID(parts[1]),
            roles: parts[2].split(separator: ",").map(String.init), expiresAt: Date(timeIntervalSinceNow: 3600))
    }
}

/// A whole API without a network: what a test sends goes through the real dispatcher.
struct TestAPI {
    let dispatcher: Dispatcher

    init(
        _ operations: [WebAPI.Operation], prefix: String = "/v2.1", faults: any FaultStyle = .nova,
        microversions: MicroversionPolicy? = nil, rules: [PolicyRule] = [],
        options: APIServerOptions = APIServerOptions(),
        ignoresTrailingSlash: Bool = true
    ) throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        dispatcher = Dispatcher(
            description: APIDescription(
                serviceType: "compute",
                mounts: [
                    Mount(
                        prefix, operations, microversions: microversions, faults: faults,
                        ignoresTrailingSlash: ignoresTrailingSlash)
                ], faults: faults, identityURL: "http://identity.test/v3"),
            authenticator: FakeAuthenticator(), policy: try PolicyEngine(rules: rules, overrides: [:]),
            options: options, ids: .random, clock: .system, logger: logger)
    }

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let text: String
        var json: JSONValue { get throws { try JSONValue(parsing: text) } }
    }

    func send(
        _ method: HTTPRequest.Method, _ target: String, token: String? = "u:p:member", headers: HTTPFields = [:],
        body: String? = nil
    ) async throws -> Answer {
        var headers = headers
        if let token { headers[.authToken] = token }
        if let body, headers[.contentLength] == nil { headers[.contentLength] = String(body.utf8.count) }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let outcome = await dispatcher.respond(
            to: Exchange(method: method, target: target, headers: headers, body: ByteBuffer(string: body ?? "")))
        let writer = CollectingWriter()
        try await outcome.body.write(writer)
        return Answer(
            status: outcome.head.status.code, headers: outcome.head.headerFields,
            text: String(buffer: writer.collected.buffer))
    }
}
