import Core
import FoundationEssentials
import HTTPTypes
import Testing

@testable import WebAPI

struct HealthcheckTests {
    private func ask(
        _ method: HTTPRequest.Method = .get, accept: String? = nil, options: APIServerOptions = APIServerOptions()
    ) async throws -> TestAPI.Answer {
        let headers: HTTPFields = accept.map { [.accept: $0] } ?? [:]
        return try await TestAPI([], options: options).send(method, "/healthcheck", token: nil, headers: headers)
    }

    @Test func itAnswersOKInPlainTextWithoutAToken() async throws {
        let answer = try await ask()
        #expect(answer.status == 200)
        #expect(answer.text == "OK")
        #expect(answer.headers[.contentType] == "text/plain; charset=UTF-8")
        #expect(answer.headers[.openStackRequestID]?.hasPrefix("req-") == true)
    }

    @Test func aHeadRequestIsAnsweredWithoutContent() async throws {
        let answer = try await ask(.head)
        #expect(answer.status == 204)
        #expect(answer.text.isEmpty)
    }

    @Test(arguments: [
        ("application/json", "application/json"), ("text/html", "text/html; charset=UTF-8"),
        ("text/html;q=0.5, application/json", "application/json"), ("*/*", "text/plain; charset=UTF-8"),
        ("text/plain;q=0, */*", "text/html; charset=UTF-8"), ("image/png", "text/plain; charset=UTF-8"),
        ("application/*", "application/json"), ("nonsense", "text/plain; charset=UTF-8"),
    ])
    func theFormIsTheOneThatTheClientWouldRatherHave(accept: String, type: String) async throws {
        #expect(try await ask(accept: accept).headers[.contentType] == type)
    }

    @Test func theJSONIsWrittenAsOpenStackWritesIt() async throws {
        let answer = try await ask(accept: "application/json")
        #expect(answer.text == "{\n    \"detailed\": false,\n    \"reasons\": [\n        \"OK\"\n    ]\n}")
    }

    @Test func aFileTakesTheServiceOutOfRotation() async throws {
        let path = "/tmp/healthcheck-\(IDGenerator.random.uuid())"
        let options = APIServerOptions(healthcheckDisableFile: path, healthcheckIsDetailed: true)
        let well = try await ask(accept: "application/json", options: options)
        #expect(well.status == 200)
        #expect(try well.json["reasons"]?.array?.first?["details"]?.string == "Path '\(path)' was not found")
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
        let text = try await ask(options: options)
        #expect(text.status == 503)
        #expect(text.text == "DISABLED BY FILE")
        #expect(try await ask(.head, options: options).status == 503)
        let page = try await ask(accept: "text/html", options: options)
        #expect(page.status == 503)
        #expect(page.text.contains("    <TD>Path &#x27;\(path)&#x27; was found</TD>"))
    }

    @Test func otherMethodsAreNotAllowed() async throws {
        #expect(try await ask(.post).status == 405)
    }
}
