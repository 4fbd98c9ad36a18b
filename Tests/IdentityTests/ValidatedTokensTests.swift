import Core
import FoundationEssentials
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct ValidatedTokensTests {
    /// Whatever a token shows is right at once, although the token is remembered.
    @Test func changesShowInATokenAtOnce() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("before")
            let token = try await world.token(of: user, in: project)
            func shown() async throws -> JSONValue? {
                try await world.call("GET", "/auth/tokens", headers: ["X-Subject-Token": token]).body["token"]
            }
            #expect(try await shown()?["user"]?["name"] == "before")
            try await world.make("PATCH", "/users/\(user)", ["user": ["name": "after"]])
            #expect(try await shown()?["user"]?["name"] == "after")
            try await world.make("PATCH", "/projects/\(project)", ["project": ["name": "renamed"]])
            #expect(try await shown()?["project"]?["name"] == "renamed")
            try await world.make("PATCH", "/domains/default", ["domain": ["name": "Other"]])
            #expect(try await shown()?["user"]?["domain"]?["name"] == "Other")
            let made = try await world.make("POST", "/roles", ["role": ["name": "extra"]])
            let role = made["role"]?["id"]?.string ?? ""
            func roles() async throws -> [String] {
                try await shown()?["roles"]?.array?.compactMap { $0["name"]?.string } ?? []
            }
            #expect(try await roles() == ["member", "reader"])
            let member = try await world.identity.role("member").id
            try await world.make("PUT", "/roles/\(member)/implies/\(role)")
            #expect(try await roles() == ["extra", "member", "reader"])
            try await world.make("PATCH", "/roles/\(role)", ["role": ["name": "special"]])
            #expect(try await roles() == ["member", "reader", "special"])
            try await world.make("DELETE", "/roles/\(member)/implies/\(role)")
            try await world.make("PUT", "/projects/\(project)/users/\(user)/roles/\(role)")
            #expect(try await roles() == ["member", "reader", "special"])
            #expect(try await world.status("DELETE", "/projects/\(project)/users/\(user)/roles/\(role)") == 204)
            #expect(try await roles() == ["member", "reader"])
            #expect(try await world.status("DELETE", "/users/\(user)") == 204)
            #expect(try await shown() == nil)
        }
    }

    @Test func aRememberedTokenEndsInTime() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let token = try await world.token(of: user, in: project)
            #expect(try await world.status("GET", "/auth/projects", token: token) == 200)
            world.identity.clock.advance(by: .seconds(3601))
            #expect(try await world.status("GET", "/auth/projects", token: token) == 401)
        }
    }

    @Test func theMemoryIsBounded() async throws {
        try await IdentityWorld.run { world in
            let token = try await world.login("demo", "demo").token
            let memory = ValidatedTokens(capacity: 3)
            for index in 0..<10 { memory.store(token, "\(index)", at: 1) }
            let now = world.env.clock.now()
            let kept = (0..<10).filter { memory.find("\($0)", at: 1, now: now) != nil }
            #expect(kept == [7, 8, 9])
            #expect(memory.find("9", at: 2, now: now) == nil)
            memory.store(token, "9", at: 2)
            #expect(memory.find("9", at: 2, now: now) != nil)
            #expect(memory.find("9", at: 2, now: token.payload.expiresAt) == nil)
        }
    }
}
