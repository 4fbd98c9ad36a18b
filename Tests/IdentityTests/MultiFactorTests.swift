import Core
import Database
import FoundationEssentials
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct MultiFactorTests {
    private let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    private func passcode(_ world: APIWorld, after seconds: Double = 0) -> String {
        let time = world.identity.env.clock.now().addingTimeInterval(seconds)
        return OneTimePasscode.passcode(Array("12345678901234567890".utf8), window: OneTimePasscode.window(time))
    }

    /// The body of `POST /v3/auth/tokens` with the methods that are given.
    private func auth(_ user: String, password: String? = nil, passcode: String? = nil) -> JSONValue {
        var identity: JSONObject = [:]
        var methods: [JSONValue] = []
        if let password {
            methods.append("password")
            identity["password"] = ["user": ["id": .string(user), "password": .string(password)]]
        }
        if let passcode {
            methods.append("totp")
            identity["totp"] = ["user": ["id": .string(user), "passcode": .string(passcode)]]
        }
        identity["methods"] = .array(methods)
        return ["auth": ["identity": .object(identity)]]
    }

    private func user(_ world: APIWorld, rules: JSONValue) async throws -> String {
        let (user, _) = try await world.newUser("mfa")
        try await world.make(
            "PATCH", "/users/\(user)",
            ["user": ["options": ["multi_factor_auth_rules": rules, "multi_factor_auth_enabled": true]]])
        try await world.make(
            "POST", "/credentials",
            ["credential": ["type": "totp", "blob": .string(seed), "user_id": .string(user)]])
        return user
    }

    @Test func bothFactorsAreNeeded() async throws {
        try await APIWorld.run { world in
            let user = try await user(world, rules: [["password", "totp"]])
            let first = try await world.call("POST", "/auth/tokens", auth(user, password: "secret"), token: "")
            #expect(first.status == 401)
            #expect(first.headers[.authReceipt] != nil)
            #expect(first.body["required_auth_methods"] == [["password", "totp"]])
            #expect(first.body["receipt"]?["methods"] == ["password"])
            #expect(first.headers[.subjectToken] == nil)
            let both = try await world.call(
                "POST", "/auth/tokens", auth(user, password: "secret", passcode: passcode(world)), token: "")
            #expect(both.status == 201)
            #expect(both.body["token"]?["methods"] == ["password", "totp"])
            // The new token stands for both of them.
            let token = try #require(both.headers[.subjectToken])
            let exchange: JSONValue = [
                "auth": ["identity": ["methods": ["token"], "token": ["id": .string(token)]]]
            ]
            #expect(try await world.status("POST", "/auth/tokens", exchange, token: "") == 201)
        }
    }

    @Test func aReceiptStandsForItsMethods() async throws {
        try await APIWorld.run { world in
            let user = try await user(world, rules: [["password", "totp"]])
            let first = try await world.call("POST", "/auth/tokens", auth(user, password: "secret"), token: "")
            let receipt = try #require(first.headers[.authReceipt])
            let headers = ["Openstack-Auth-Receipt": receipt]
            // A receipt is no token, and a token no receipt.
            #expect(try await world.status("GET", "/auth/projects", token: receipt) == 401)
            let second = try await world.call(
                "POST", "/auth/tokens", auth(user, passcode: passcode(world)), token: "", headers: headers)
            #expect(second.status == 201)

            let (other, _) = try await world.newUser("other")
            let stolen = try await world.call(
                "POST", "/auth/tokens", auth(other, password: "secret"), token: "", headers: headers)
            #expect(stolen.status == 401)
            let forged = try await world.call(
                "POST", "/auth/tokens", auth(user, passcode: passcode(world, after: 30)), token: "",
                headers: ["Openstack-Auth-Receipt": world.token])
            #expect(forged.status == 401)
            world.identity.clock.advance(by: .seconds(301))
            let late = try await world.call(
                "POST", "/auth/tokens", auth(user, passcode: passcode(world)), token: "", headers: headers)
            #expect(late.status == 401)
        }
    }

    @Test func aNewPasswordVoidsReceipts() async throws {
        try await APIWorld.run { world in
            let user = try await user(world, rules: [["password", "totp"]])
            let first = try await world.call("POST", "/auth/tokens", auth(user, password: "secret"), token: "")
            let receipt = try #require(first.headers[.authReceipt])
            world.identity.clock.advance(by: .seconds(2))
            try await world.make("PATCH", "/users/\(user)", ["user": ["password": "another"]])
            let second = try await world.call(
                "POST", "/auth/tokens", auth(user, passcode: passcode(world)), token: "",
                headers: ["Openstack-Auth-Receipt": receipt])
            #expect(second.status == 401)
        }
    }

    @Test func aPasscodeIsGoodOnce() async throws {
        try await APIWorld.run { world in
            let user = try await user(world, rules: [["totp"]])
            let code = passcode(world)
            #expect(try await world.status("POST", "/auth/tokens", auth(user, passcode: "000000"), token: "") == 401)
            #expect(try await world.status("POST", "/auth/tokens", auth(user, passcode: code), token: "") == 201)
            #expect(try await world.status("POST", "/auth/tokens", auth(user, passcode: code), token: "") == 401)
            world.identity.clock.advance(by: .seconds(30))
            #expect(
                try await world.status("POST", "/auth/tokens", auth(user, passcode: passcode(world)), token: "") == 201)
        }
    }

    @Test func wrongPasscodesLockTheAccount() async throws {
        let options = "[security_compliance]\nlockout_failure_attempts = 3\nlockout_duration = 600"
        try await APIWorld.run(options: options) { world in
            let user = try await user(world, rules: [["totp"]])
            for _ in 0..<3 {
                #expect(
                    try await world.status("POST", "/auth/tokens", auth(user, passcode: "000000"), token: "") == 401)
            }
            #expect(
                try await world.status("POST", "/auth/tokens", auth(user, passcode: passcode(world)), token: "") == 401)
        }
    }

    /// Whoever knows the password could else try passcodes for ever.
    @Test func aRightPasswordDoesNotStartTheCountOfWrongPasscodesAnew() async throws {
        let options = "[security_compliance]\nlockout_failure_attempts = 3\nlockout_duration = 600"
        try await APIWorld.run(options: options) { world in
            let user = try await user(world, rules: [["password", "totp"]])
            for _ in 0..<3 {
                let wrong = auth(user, password: "secret", passcode: "000000")
                #expect(try await world.status("POST", "/auth/tokens", wrong, token: "") == 401)
            }
            let right = auth(user, password: "secret", passcode: passcode(world))
            #expect(try await world.status("POST", "/auth/tokens", right, token: "") == 401)
            world.identity.clock.advance(by: .seconds(601))
            let later = auth(user, password: "secret", passcode: passcode(world))
            #expect(try await world.status("POST", "/auth/tokens", later, token: "") == 201)
        }
    }

    @Test func noMorePasscodesAreTriedAtOnceThanTheLockAllows() async throws {
        let options = "[security_compliance]\nlockout_failure_attempts = 3\nlockout_duration = 600"
        try await APIWorld.run(options: options) { world in
            let user = try await user(world, rules: [["totp"]])
            let wrong = auth(user, passcode: "000000")
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await world.status("POST", "/auth/tokens", wrong, token: "") }
                }
                for try await status in group { #expect(status == 401) }
            }
            let found = try await world.identity.env.database.first(
                "SELECT failed_attempts FROM users WHERE id = \(user)")
            #expect(try found?.get("failed_attempts", as: Int.self) == 3)
        }
    }

    /// Each of many at once sees the old lock, which has run out.
    @Test func norAfterALockHasRunOut() async throws {
        let options = "[security_compliance]\nlockout_failure_attempts = 3\nlockout_duration = 600"
        try await APIWorld.run(options: options) { world in
            let user = try await user(world, rules: [["totp"]])
            let env = world.identity.env
            let service = AuthenticationService(env)
            let wrong = auth(user, passcode: "000000")
            for _ in 0..<3 { _ = try await world.status("POST", "/auth/tokens", wrong, token: "") }
            world.identity.clock.advance(by: .seconds(601))
            let before = try await env.database.read("user") { try UserStore.find(UserID(user), $0) }
            let seen = try #require(before)
            var taken = 0
            for _ in 0..<20 where try await service.guardian.takeAttempt(seen) { taken += 1 }
            #expect(taken == 3)
            world.identity.clock.advance(by: .seconds(601))
            for _ in 0..<5 { try await service.guardian.recordFailure(seen) }
            let after = try await env.database.read("user") { try UserStore.find(UserID(user), $0) }
            #expect(after?.failedAttempts == 5)
        }
    }

    /// Whoever knows the password could else try passcodes for ever, changing it back each time.
    @Test func aChangeOfPasswordDoesNotStartTheCountOfWrongPasscodesAnew() async throws {
        let options = "[security_compliance]\nlockout_failure_attempts = 3\nlockout_duration = 600"
        try await APIWorld.run(options: options) { world in
            let user = try await user(world, rules: [["password", "totp"]])
            for _ in 0..<2 {
                let wrong = auth(user, password: "secret", passcode: "000000")
                #expect(try await world.status("POST", "/auth/tokens", wrong, token: "") == 401)
            }
            let change: JSONValue = ["user": ["original_password": "secret", "password": "another"]]
            #expect(try await world.status("POST", "/users/\(user)/password", change, token: "") == 204)
            let wrong = auth(user, password: "another", passcode: "000000")
            #expect(try await world.status("POST", "/auth/tokens", wrong, token: "") == 401)
            let right = auth(user, password: "another", passcode: passcode(world))
            #expect(try await world.status("POST", "/auth/tokens", right, token: "") == 401)
            // An administrator's word ends it.
            try await world.make("PATCH", "/users/\(user)", ["user": ["password": "third"]])
            let later = auth(user, password: "third", passcode: passcode(world))
            #expect(try await world.status("POST", "/auth/tokens", later, token: "") == 201)
        }
    }

    @Test func rulesOfUnknownMethodsLockNobodyOut() {
        func rules(_ value: JSONValue, isEnabled: Bool = true) -> MultiFactorRules {
            MultiFactorRules(["multi_factor_auth_rules": value, "multi_factor_auth_enabled": .bool(isEnabled)])
        }
        #expect(rules([["smoke-signals"]]).areMet(by: .password))
        #expect(rules([["password", "smoke-signals"]]).areMet(by: .password))
        #expect(!rules([["smoke-signals"], ["totp"]]).areMet(by: .password))
        #expect(rules([["password", "totp"], ["password"]]).areMet(by: .password))
        #expect(rules([["password", "totp"]], isEnabled: false).areMet(by: .password))
        #expect(!rules([["password", "totp"]]).areMet(by: .password))
        #expect(rules([]).areMet(by: .password))
    }
}
