import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct SecurityComplianceTests {
    private func change(_ from: String, _ to: String) -> JSONValue {
        ["user": ["original_password": .string(from), "password": .string(to)]]
    }

    @Test func passwordsMustMatchTheExpression() async throws {
        let options = """
            [security_compliance]
            password_regex = (secret|service|demo)$|(?=.*\\d)(?=.*[a-z]).{7,}$
            password_regex_description = seven characters with a digit
            """
        try await APIWorld.run(options: options) { world in
            let weak = try await world.call("POST", "/users", ["user": ["name": "u", "password": "short1"]])
            #expect(weak.status == 400)
            #expect(weak.text.contains("seven characters with a digit"))
            let made = try await world.make("POST", "/users", ["user": ["name": "u", "password": "longenough1"]])
            let user = made["user"]?["id"]?.string ?? ""
            #expect(try await world.status("PATCH", "/users/\(user)", ["user": ["password": "weak"]]) == 400)
            #expect(try await world.status("POST", "/users/\(user)/password", change("longenough1", "weak")) == 400)
            #expect(
                try await world.status("POST", "/users/\(user)/password", change("longenough1", "longenough2")) == 204)
        }
    }

    @Test func formerPasswordsAreRefusedToUsersAndNotToAdministrators() async throws {
        let options = "[security_compliance]\nunique_last_password_count = 2"
        try await APIWorld.run(options: options) { world in
            let (user, _) = try await world.newUser("u")
            let path = "/users/\(user)/password"
            #expect(try await world.status("POST", path, change("secret", "secret")) == 400)
            #expect(try await world.status("POST", path, change("secret", "second")) == 204)
            #expect(try await world.status("POST", path, change("second", "secret")) == 400)
            #expect(try await world.status("POST", path, change("second", "third")) == 204)
            #expect(try await world.status("POST", path, change("third", "secret")) == 204)
            #expect(try await world.status("PATCH", "/users/\(user)", ["user": ["password": "secret"]]) == 200)
        }
    }

    @Test func passwordsOfAnAdministratorAreChangedAtFirstUse() async throws {
        let options = "[security_compliance]\nchange_password_upon_first_use = true\nminimum_password_age = 1"
        try await APIWorld.run(options: options) { world in
            let (user, _) = try await world.newUser("u")
            let login = APIWorld.login(user)
            let refused = try await world.call("POST", "/auth/tokens", login, token: "")
            #expect(refused.status == 401)
            #expect(refused.text.contains("expired"))
            // The minimum age concerns only passwords that the user chose.
            #expect(try await world.status("POST", "/users/\(user)/password", change("secret", "mine")) == 204)
            #expect(try await world.status("POST", "/auth/tokens", APIWorld.login(user, "mine"), token: "") == 201)
            #expect(try await world.status("POST", "/users/\(user)/password", change("mine", "next")) == 400)
            let exempt: JSONValue = [
                "user": [
                    "name": "service", "password": "secret",
                    "options": ["ignore_change_password_upon_first_use": true],
                ]
            ]
            let service = try await world.make("POST", "/users", exempt)["user"]?["id"]?.string ?? ""
            #expect(try await world.status("POST", "/auth/tokens", APIWorld.login(service), token: "") == 201)
        }
    }

    @Test func accountsThatNobodyUsesAreDisabled() async throws {
        let options = """
            [security_compliance]
            disable_user_account_days_inactive = 30
            """
        try await APIWorld.run(options: options) { world in
            let (user, _) = try await world.newUser("u")
            let (exempt, _) = try await world.newUser("exempt")
            try await world.make(
                "PATCH", "/users/\(exempt)", ["user": ["options": ["ignore_user_inactivity": true]]])
            let login = APIWorld.login(user)
            world.identity.clock.advance(by: .seconds(29 * 86400))
            #expect(try await world.status("POST", "/auth/tokens", login, token: "") == 201)
            world.identity.clock.advance(by: .seconds(31 * 86400))
            #expect(try await world.status("POST", "/auth/tokens", login, token: "") == 401)
            #expect(try await world.status("POST", "/auth/tokens", APIWorld.login(exempt), token: "") == 201)
            let users = UserService(world.identity.env)
            #expect(try await users.find(UserID(user))?.isEnabled == false)
            // An administrator enables the account again, and its time starts anew.
            _ = try await users.update(UserID(user), enables: true, .system()) { $0.isEnabled = true }
            #expect(try await world.status("POST", "/auth/tokens", login, token: "") == 201)
        }
    }

    /// A password could otherwise be guessed by changing it.
    @Test func wrongOriginalPasswordsLockTheAccount() async throws {
        let options = "[security_compliance]\nlockout_failure_attempts = 2"
        try await APIWorld.run(options: options) { world in
            let (user, _) = try await world.newUser("u")
            for _ in 0..<2 {
                #expect(try await world.status("POST", "/users/\(user)/password", change("wrong", "x")) == 401)
            }
            #expect(try await world.status("POST", "/users/\(user)/password", change("secret", "x")) == 401)
            #expect(try await world.status("POST", "/auth/tokens", APIWorld.login(user), token: "") == 401)
        }
    }

    /// An account's failure is written down, which takes time: so is a failure of nobody's, or of a locked account.
    @Test func failuresLeaveATraceWhoeverFails() async throws {
        let options = "[security_compliance]\nlockout_failure_attempts = 1"
        try await IdentityWorld.run(options: options) { world in
            func traces() async throws -> Int {
                try await world.env.database.first(
                    "SELECT COALESCE(SUM(failed_attempts), 0) AS number FROM stranger_failures")?.get("number") ?? 0
            }
            for (name, expected) in [("nobody", 1), ("nobody else", 2), ("demo", 2), ("demo", 3)] {
                _ = try? await world.login(name, "wrong")
                let found = try await traces()
                #expect(found == expected, "\(name)")
            }
        }
    }
}
