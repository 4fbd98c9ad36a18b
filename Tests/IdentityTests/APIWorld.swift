import Core
import HTTPTypes
import Logging
import TestSupport
import Testing
import WebAPI

@testable import Identity

/// The Identity API on a fresh database, as clients see it.
struct APIWorld: Sendable {
    let identity: IdentityWorld
    let api: LocalAPI
    /// The administrator's, in project `admin`.
    let token: String

    struct Answer {
        var status: Int
        var headers: HTTPFields
        var body: JSONValue
        var text: String
    }

    static func run(
        options: String = "", methods: AuthMethods? = .every, _ body: (APIWorld) async throws -> Void
    ) async throws {
        try await IdentityWorld.run(options: options, methods: methods) { world in
            let api = LocalAPI(
                IdentityAPI.description(world.env), authenticator: IdentityAuthenticator(world.env),
                policy: try PolicyEngine(rules: IdentityPolicies.all), clock: world.clock.clock,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let issued = try await world.login("admin", "secret", scope: IdentityWorld.project("admin"))
            try await body(APIWorld(identity: world, api: api, token: issued.text))
        }
    }

    /// - Parameter token: nil sends the administrator's; the empty text none.
    func call(
        _ method: String, _ path: String, _ json: JSONValue? = nil, token: String? = nil,
        headers: [String: String] = [:], form: String? = nil
    ) async throws -> Answer {
        var fields = HTTPFields()
        let token = token ?? self.token
        if !token.isEmpty { fields[.authToken] = token }
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        if json != nil { fields[.contentType] = "application/json" }
        if form != nil { fields[.contentType] = "application/x-www-form-urlencoded" }
        let answer = try await api.send(
            HTTPRequest.Method(rawValue: method) ?? .get, "/v3" + path, headers: fields,
            body: Array((json?.jsonText ?? form ?? "").utf8))
        let text = String(decoding: answer.body, as: UTF8.self)
        let isJSON = answer.headers[.contentType]?.contains("json") ?? false
        return Answer(
            status: answer.status, headers: answer.headers,
            body: isJSON && !answer.body.isEmpty ? try JSONValue.parse(answer.body) : .null, text: text)
    }

    /// Sends what must succeed.
    @discardableResult
    func make(_ method: String, _ path: String, _ json: JSONValue? = nil) async throws -> JSONValue {
        let answer = try await call(method, path, json)
        guard answer.status < 300 else {
            throw ServiceError(.internal, "\(method) \(path): \(answer.status) \(answer.text)")
        }
        return answer.body
    }

    func status(_ method: String, _ path: String, _ json: JSONValue? = nil, token: String? = nil) async throws -> Int {
        try await call(method, path, json, token: token).status
    }

    /// A user with a password and one role in a new project.
    func newUser(_ name: String, role: String = "member") async throws -> (user: String, project: String) {
        let project = try await make("POST", "/projects", ["project": ["name": .string("of " + name)]])
        let user = try await make("POST", "/users", ["user": ["name": .string(name), "password": "secret"]])
        let ids = (user["user"]?["id"]?.string ?? "", project["project"]?["id"]?.string ?? "")
        let role = try await identity.role(role).id
        try await make("PUT", "/projects/\(ids.1)/users/\(ids.0)/roles/\(role)")
        return ids
    }

    /// The body of `POST /v3/auth/tokens` with a password.
    static func login(_ user: String, _ password: String = "secret", project: String? = nil) -> JSONValue {
        var auth: JSONObject = [
            "identity": [
                "methods": ["password"],
                "password": ["user": ["id": .string(user), "password": .string(password)]],
            ]
        ]
        if let project { auth["scope"] = ["project": ["id": .string(project)]] }
        return ["auth": .object(auth)]
    }

    func token(of user: String, in project: String? = nil) async throws -> String {
        let answer = try await call("POST", "/auth/tokens", Self.login(user, project: project), token: "")
        return try #require(answer.headers[.subjectToken], "\(answer.text)")
    }
}
