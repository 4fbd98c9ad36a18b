import Core
import HTTPTypes
import Testing

@testable import WebAPI

struct MicroversionTests {
    private let api: TestAPI

    init() throws {
        let version: WebAPI.Operation.Handler = { request in
            .json { json in json.object { $0.field("version", request.version.description) } }
        }
        api = try TestAPI(
            [
                Operation(.get, "/servers", handler: version),
                Operation(.get, "/new", .since("2.50"), handler: version),
                Operation(.get, "/old", .range("2.1", "2.35"), handler: version),
                Operation(
                    .post, "/keys",
                    bodies: [
                        BodySchema(since: "2.1", ["type": "object", "required": ["name"]]),
                        BodySchema(since: "2.92", ["type": "object", "required": ["name", "public_key"]]),
                    ], handler: version),
            ], microversions: .compute(max: "2.96"))
    }

    private func get(_ path: String, _ header: String?, legacy: String? = nil) async throws -> TestAPI.Answer {
        var headers: HTTPFields = [:]
        if let header { headers[.openStackAPIVersion] = header }
        if let legacy { headers[.novaAPIVersion] = legacy }
        return try await api.send(.get, "/v2.1\(path)", headers: headers)
    }

    @Test func literalsAreVersionsOrNone() {
        let ascending: [Microversion] = ["1.39", "2.1", "2.9", "2.10", "2.96"]
        #expect(ascending == ascending.sorted())
        #expect(ascending.last == Microversion(2, 96))
        let wrong: [Microversion] = ["2", "2.1.1", "v2.1", "latest", ""]
        #expect(wrong.allSatisfy { $0 == Microversion(0, 0) })
    }

    @Test func theHeaderDecidesAndTheAnswerSaysSo() async throws {
        let cases: [(String?, String?, String)] = [
            (nil, nil, "2.1"), ("compute 2.53", nil, "2.53"), ("compute latest", nil, "2.96"), (nil, "2.40", "2.40"),
            ("compute 2.53", "2.40", "2.53"), ("identity 3.1, compute 2.60", nil, "2.60"), ("volume 3.1", nil, "2.1"),
        ]
        for (header, legacy, expected) in cases {
            let answer = try await get("/servers", header, legacy: legacy)
            #expect(try answer.json["version"] == .string(expected))
            #expect(answer.headers[.openStackAPIVersion] == "compute \(expected)")
            #expect(answer.headers[.novaAPIVersion] == expected)
            #expect(answer.headers[values: .vary] == ["OpenStack-API-Version", "X-OpenStack-Nova-API-Version"])
        }
    }

    @Test func aVersionOutsideTheRangeIs406AndAMalformedOne400() async throws {
        let outside = try await get("/servers", "compute 9.9")
        #expect(outside.status == 406)
        #expect(
            try outside.json["computeFault"]?["message"]
                == "Version 9.9 is not supported by the API. Minimum is 2.1 and maximum is 2.96.")
        for text in ["compute x", "compute 2", "compute 2.01", "compute 2.1.1"] {
            #expect(try await get("/servers", text).status == 400)
        }
    }

    @Test func anOperationIsThereOnlyAtItsVersions() async throws {
        #expect(try await get("/new", nil).status == 404)
        #expect(try await get("/new", "compute 2.50").status == 200)
        #expect(try await get("/old", "compute 2.36").status == 404)
        #expect(try await get("/old", "compute 2.35").status == 200)
    }

    @Test func aBodyIsCheckedByTheSchemaOfItsVersion() async throws {
        let body = "{\"name\": \"k\"}"
        #expect(
            try await api.send(.post, "/v2.1/keys", headers: [.openStackAPIVersion: "compute 2.91"], body: body).status
                == 200)
        #expect(
            try await api.send(.post, "/v2.1/keys", headers: [.openStackAPIVersion: "compute 2.92"], body: body).status
                == 400)
    }

    @Test func placementWritesItsRangeIntoTheFault() async throws {
        let placement = try TestAPI(
            [Operation(.get, "/x") { _ in .empty() }], prefix: "/placement", faults: .placement,
            microversions: .placement(max: "1.39"))
        let answer = try await placement.send(
            .get, "/placement/x", headers: [.openStackAPIVersion: "placement 9.9"])
        #expect(answer.status == 406)
        let error = try answer.json["errors"]?[0]
        #expect(error?["max_version"] == "1.39")
        #expect(error?["min_version"] == "1.0")
        #expect(error?["request_id"]?.string?.hasPrefix("req-") == true)
    }

    @Test func actionsAreChosenByTheBodysMember() async throws {
        let actions = try TestAPI([
            Operation(.post, "/servers/{id}/action", action: "reboot", success: .accepted) { request in
                .json { json in json.object { $0.field("type", request.actionBody("reboot")["type"] ?? .null) } }
            },
            Operation(.post, "/servers/{id}/action", action: "os-stop", success: .accepted) { _ in .empty() },
        ])
        let reboot = try await actions.send(.post, "/v2.1/servers/s/action", body: "{\"reboot\": {\"type\": \"SOFT\"}}")
        #expect(reboot.status == 202)
        #expect(try reboot.json["type"] == "SOFT")
        #expect(try await actions.send(.post, "/v2.1/servers/s/action", body: "{\"os-stop\": null}").status == 202)
        let unknown = try await actions.send(.post, "/v2.1/servers/s/action", body: "{\"dance\": 1}")
        #expect(unknown.status == 400)
        #expect(try unknown.json["badRequest"]?["message"] == "There is no such action: dance")
    }
}
