import Core
import TestSupport
import Testing

@testable import Identity

/// Which ways to ask for a token are open.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct AuthMethodOptionsTests {
    private static let unsupported = "Attempted to authenticate with an unsupported method."
    private static let proxy = "[federation]\nproxy_secret = shared"
    private static let fromProxy = ["X-Apus-Proxy-Secret": "shared", "X-Remote-User": "admin"]

    private func ask(
        _ world: APIWorld, _ method: String, _ body: JSONValue, headers: [String: String] = [:]
    ) async throws -> APIWorld.Answer {
        let auth: JSONValue = [
            "auth": ["identity": .object(["methods": [.string(method)], method: body]), "scope": "unscoped"]
        ]
        return try await world.call("POST", "/auth/tokens", auth, token: "", headers: headers)
    }

    private func refuses(_ answer: APIWorld.Answer) -> Bool {
        answer.status == 401 && answer.body["error"]?["message"]?.string == Self.unsupported
    }

    @Test("The default is Keystone's") func usual() throws {
        let options = try Configuration(text: "").read(AuthMethodOptions.self)
        #expect(
            options.methods.names == [
                "external", "password", "token", "oauth1", "mapped", "application_credential", "ec2credential",
            ])
    }

    @Test("A name that nobody knows is a mistake in the configuration") func unknown() throws {
        #expect(throws: ConfigurationError.self) {
            try Configuration(text: "[auth]\nmethods = password,smoke").read(AuthMethodOptions.self)
        }
        #expect(throws: ConfigurationError.self) {
            try Configuration(text: "[auth]\nmethods =").read(AuthMethodOptions.self)
        }
    }

    @Test("A token is exchanged by the method token only, unless an identity provider stands behind it")
    func tokensShownAsAssertions() async throws {
        try await APIWorld.run(methods: [.password, .mapped]) { world in
            let (user, project) = try await world.newUser("u")
            let token = try await world.token(of: user, in: project)
            #expect(refuses(try await ask(world, "token", ["id": .string(token)])))
            #expect(try await ask(world, "mapped", ["id": .string(token)]).status == 401)
        }
    }

    @Test("A passcode alone is no login unless it is switched on") func passcodes() async throws {
        let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        for methods in [nil, AuthMethods.every] {
            try await APIWorld.run(methods: methods) { world in
                let user = try await world.identity.user("demo").id.rawValue
                try await world.make(
                    "POST", "/credentials",
                    ["credential": ["user_id": .string(user), "type": "totp", "blob": .string(seed)]])
                let bytes = try #require(OneTimePasscode.decodeBase32(seed))
                let window = OneTimePasscode.window(world.identity.clock.clock.now())
                let code = OneTimePasscode.passcode(bytes, window: window)
                let answer = try await ask(
                    world, "totp", ["user": ["id": .string(user), "passcode": .string(code)]])
                #expect(methods == nil ? refuses(answer) : answer.status == 201, "\(answer.text)")
            }
        }
    }

    @Test("What is not listed is refused before anything of it is looked at") func external() async throws {
        try await APIWorld.run(options: Self.proxy, methods: nil) { world in
            let external = try await ask(world, "external", [:], headers: Self.fromProxy)
            #expect(external.status == 201)
            let openID = try await ask(world, "openid", ["identity_provider": "none", "protocol": "openid"])
            #expect(refuses(openID))
        }
        try await APIWorld.run(options: Self.proxy, methods: [.password, .token]) { world in
            for method in ["external", "oauth1", "application_credential", "mapped"] {
                let body: JSONValue = ["id": "x", "secret": "x"]
                let answer = try await ask(world, method, body, headers: Self.fromProxy)
                #expect(refuses(answer), "\(method)")
            }
        }
    }

    @Test("A method that is off cannot be asked of users by their rules") func rules() async throws {
        try await APIWorld.run(methods: nil) { world in
            let (user, project) = try await world.newUser("u")
            try await world.make(
                "PATCH", "/users/\(user)",
                ["user": ["options": ["multi_factor_auth_rules": [["password", "totp"]]]]])
            #expect(try await world.status("POST", "/auth/tokens", APIWorld.login(user, project: project)) == 201)
        }
    }
}
