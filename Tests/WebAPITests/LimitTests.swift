import Core
import HTTPTypes
import NIOCore
import Testing

@testable import WebAPI

struct LimitTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI(
            [
                Operation(.post, "/things", body: ["type": "object"], success: .created) { _ in .empty() },
                Operation(.put, "/data", success: .noContent, rawBody: true) { request in
                    for try await _ in request.bodyStream {}
                    return .empty()
                },
            ], options: APIServerOptions(maxBody: 1024))
    }

    @Test func aBodyBeyondTheLimitIs413() async throws {
        let large = "{\"a\": \"\(String(repeating: "x", count: 2000))\"}"
        #expect(try await api.send(.post, "/v2.1/things", body: large).status == 413)
        #expect(try await api.send(.post, "/v2.1/things", body: "{}").status == 201)
    }

    @Test func malformedJSONIs400() async throws {
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        for body in ["{", "{\"a\":1,\"a\":2}", "nonsense", deep, "{} {}"] {
            let answer = try await api.send(.post, "/v2.1/things", body: body)
            #expect(answer.status == 400)
            #expect(try answer.json["badRequest"] != nil)
        }
    }

    @Test func aBodyOfAnotherMediaTypeIs415() async throws {
        let answer = try await api.send(.post, "/v2.1/things", headers: [.contentType: "text/xml"], body: "<a/>")
        #expect(answer.status == 415)
    }

    @Test func aStreamThatEndsEarlyIsAnError() async throws {
        let answer = try await api.send(.put, "/v2.1/data", headers: [.contentLength: "100"], body: "only this")
        #expect(answer.status == 400)
    }
}
