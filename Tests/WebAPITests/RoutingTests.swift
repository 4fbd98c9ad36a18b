import Core
import HTTPTypes
import Testing

@testable import WebAPI

struct RoutingTests {
    private static func echo(_ name: String) -> WebAPI.Operation.Handler {
        { request in
            .json { json in
                json.object {
                    $0.field("operation", name)
                    $0.field("parameters", request.parameters)
                }
            }
        }
    }

    private let api: TestAPI

    init() throws {
        api = try TestAPI([
            Operation(.get, "/volumes/detail", handler: Self.echo("detail")),
            Operation(.get, "/volumes/{id}", handler: Self.echo("show")),
            Operation(.get, "/{project}/volumes", handler: Self.echo("list")),
            Operation(.get, "/meta/{path*}", handler: Self.echo("rest")),
            Operation(.put, "/volumes/{id}", handler: Self.echo("put")),
        ])
    }

    @Test func literalsWinOverParametersAndParametersAreDecoded() async throws {
        #expect(try await api.send(.get, "/v2.1/volumes/detail").json["operation"] == "detail")
        #expect(try await api.send(.get, "/v2.1/p1/volumes").json["parameters"] == ["project": "p1"])
        let shown = try await api.send(.get, "/v2.1/volumes/a%2Fb").json
        #expect(shown["parameters"] == ["id": "a/b"])
    }

    @Test func aRestParameterTakesAllThatFollows() async throws {
        #expect(try await api.send(.get, "/v2.1/meta/a/b/c").json["parameters"] == ["path": "a/b/c"])
    }

    @Test func anotherMethodIsRefusedWithTheAllowedOnes() async throws {
        let answer = try await api.send(.delete, "/v2.1/volumes/x")
        #expect(answer.status == 405)
        #expect(answer.headers[.allow] == "GET, PUT")
        #expect(try answer.json["badMethod"]?["code"] == 405)
    }

    @Test func anUnknownPathIs404InTheStyleOfItsMount() async throws {
        let answer = try await api.send(.get, "/v2.1/nothing/here/at/all")
        #expect(answer.status == 404)
        #expect(try answer.json["itemNotFound"]?["message"] == "The resource could not be found.")
    }

    @Test func aTrailingSlashCountsOnlyWhereTheServiceTellsThemApart() async throws {
        #expect(try await api.send(.get, "/v2.1/p1/volumes/").status == 200)
        let strict = try TestAPI(
            [Operation(.get, "/images", handler: Self.echo("list"))], prefix: "/v2", faults: .glance,
            ignoresTrailingSlash: false)
        #expect(try await strict.send(.get, "/v2/images/").status == 404)
        #expect(try await strict.send(.get, "/v2/images").status == 200)
    }

    @Test func everyAnswerCarriesARequestID() async throws {
        let answer = try await api.send(.get, "/v2.1/nothing")
        #expect(answer.headers[.openStackRequestID]?.hasPrefix("req-") == true)
    }
}
