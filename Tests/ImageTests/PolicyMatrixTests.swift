import Core
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Image

/// Who may do what: every operation, asked by everybody there is.
///
/// The operations are those of the API itself, and the requests those of the cost survey, whose test fails for an
/// operation without one. `Tests/Golden/policy/image.json` has who is let in; APUS_UPDATE_GOLDEN=1 writes it.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct PolicyMatrixTests {
    /// The requests' targets are the project `p`'s.
    private static let personas: [(name: String, token: String?)] = [
        ("admin", SampleAuthenticator.admin), ("service", "s:services:service,member,reader"),
        ("member", "u:p:member,reader"), ("reader", "u:p:reader"), ("no role", "u:p:other"),
        ("stranger", "x:elsewhere:member,reader"), ("nobody", nil),
    ]

    @Test func everyOperationLetsInWhomItShould() async throws {
        let survey = imageSurvey()
        let rows = Locked<[String: [String]]>([:])
        try await ImageCostWorld.run(3) { world, api in
            let header = try #require(HTTPField.Name("X-Auth-Token"))
            for (key, fill) in survey.table {
                for persona in Self.personas {
                    var request = SampleRequest(key)
                    do {
                        try await fill(world, &request)
                    } catch {
                        Issue.record("\(key): cannot be asked: \(error)")
                        continue
                    }
                    request.headers[header] = persona.token
                    if request.json != nil, request.headers[.contentType] == nil {
                        request.headers[.contentType] = "application/json"
                    }
                    let answer = try await api.send(
                        request.method, request.target, headers: request.headers, body: request.body)
                    #expect(answer.status < 500, "\(key) \(persona.name)")
                    rows.withLock { rows in
                        switch answer.status {
                        case 401, 403: rows[key, default: []] += []
                        // What is hidden from somebody is not found; it may also be gone since an earlier request.
                        case 404: rows[key, default: []].append("\(persona.name): not found")
                        default: rows[key, default: []].append(persona.name)
                        }
                    }
                }
            }
        }
        let found = rows.withLock { $0 }.mapValues { JSONValue.array($0.map { .string($0) }) }
        for difference in try Golden.differences(found, from: Golden.path("policy/image.json")) {
            Issue.record("\(difference)")
        }
    }
}
