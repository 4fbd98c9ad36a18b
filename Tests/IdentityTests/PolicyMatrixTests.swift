import Core
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

/// Who may do what: every operation, asked by everybody there is.
///
/// The operations are those of the API itself, and the requests those of the cost survey, whose test fails for an
/// operation without one. `Tests/Golden/policy/identity.json` has who is let in; APUS_UPDATE_GOLDEN=1 writes it.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct PolicyMatrixTests {
    @Test func everyOperationLetsInWhomItShould() async throws {
        let survey = identitySurvey()
        let reports = MatrixReport()
        try await IdentityCostWorld.run(3) { world, api in
            let personas = try await Persona.all(world)
            for (key, fill) in survey.table {
                for persona in personas {
                    var request = SampleRequest(key)
                    do {
                        try await fill(world, &request)
                    } catch {
                        await reports.add("\(key): cannot be asked: \(error)")
                        continue
                    }
                    if let token = persona.token {
                        request.headers[.authToken] = token
                    }
                    if request.json != nil { request.headers[.contentType] = "application/json" }
                    let answer = try await api.send(
                        request.method, request.target, headers: request.headers, body: request.body)
                    await reports.add(key, persona, answer.status)
                }
            }
            let asked = survey.table.map { IdentitySurvey.operation($0.key) }
            await reports.add(Set(api.description.entries.map(\.key)).subtracting(asked))
        }
        for problem in await reports.problems { Issue.record("\(problem)") }
        for difference in try Golden.differences(await reports.rows, from: Golden.path("policy/identity.json")) {
            Issue.record("\(difference)")
        }
    }
}

/// Somebody with one role in one place.
private struct Persona: Sendable {
    let name: String
    /// Nil: nobody.
    let token: String?

    /// The default domain and the project of the administrator are where the requests' targets are; a stranger is
    /// from another domain.
    static func all(_ world: IdentityCostWorld) async throws -> [Persona] {
        let elsewhere = try await world.make("domains", "domain", ["name": "elsewhere"])
        let project = try await world.make(
            "projects", "project", ["name": "elsewhere", "domain_id": .string(elsewhere)])
        var all: [Persona] = []
        let home = ["system": "system", "domain": "domains/default", "project": "projects/\(world.project)"]
        for (place, path) in home.sorted(by: { $0.key < $1.key }) {
            for role in ["admin", "manager", "member", "reader"] {
                all.append(try await make("\(place) \(role)", role, at: path, in: "default", world))
            }
        }
        all.append(try await make("service", "service", at: "projects/\(world.project)", in: "default", world))
        for role in ["manager", "reader"] {
            all.append(try await make("other domain's \(role)", role, at: "domains/\(elsewhere)", in: elsewhere, world))
        }
        all.append(try await make("stranger", "member", at: "projects/\(project)", in: elsewhere, world))
        return all + [Persona(name: "nobody", token: nil)]
    }

    private static func make(
        _ name: String, _ role: String, at path: String, in domain: String, _ world: IdentityCostWorld
    ) async throws -> Persona {
        let user = try await world.make(
            "users", "user", ["name": .string(name), "password": "secret", "domain_id": .string(domain)])
        let role = try await world.identity.role(role).id
        try await world.send("PUT", "\(path)/users/\(user)/roles/\(role)")
        let parts = path.split(separator: "/").map(String.init)
        let scope: JSONValue =
            parts.count == 1
            ? ["system": ["all": true]]
            : .object([String(parts[0].dropLast()): ["id": .string(parts[1])]])
        let body: JSONValue = [
            "auth": [
                "identity": [
                    "methods": ["password"], "password": ["user": ["id": .string(user), "password": "secret"]],
                ], "scope": scope,
            ]
        ]
        let answer = try await world.api.send("POST", "/v3/auth/tokens", body)
        let token: String = try #require(answer.headers[.subjectToken])
        return Persona(name: name, token: token)
    }
}

private actor MatrixReport {
    private(set) var problems: [String] = []
    /// Answered so when the user does not hold the roles to be granted.
    private static let asks401: Set = ["PUT /v3/OS-OAUTH1/authorize/{request_token_id}"]
    private var allowed: [String: [String]] = [:]

    /// The personas that are let in, by operation.
    var rows: [String: JSONValue] { allowed.mapValues { .array($0.map { .string($0) }) } }

    func add(_ key: String, _ persona: Persona, _ status: Int) {
        // What is hidden from somebody is not found; it may also be gone since an earlier request of the table.
        switch status {
        case 401, 403: allowed[key, default: []] += []
        case 404: allowed[key, default: []].append("\(persona.name): not found")
        default: allowed[key, default: []].append(persona.name)
        }
        // Who is nobody must be told so, and who is somebody not.
        if persona.token == nil, status == 403 { problems.append("\(key): nobody gets 403") }
        if persona.token != nil, status == 401, !Self.asks401.contains(key) {
            problems.append("\(key): \(persona.name) gets 401")
        }
        if status >= 500, status != 501 { problems.append("\(key): \(persona.name) gets \(status)") }
    }

    func add(_ problem: String) { problems.append(problem) }

    func add(_ missing: Set<String>) {
        problems += missing.sorted().map { "\($0): has no request in the survey, and so no row" }
    }
}
