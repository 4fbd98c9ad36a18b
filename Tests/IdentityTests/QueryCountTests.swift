import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@testable import Identity

/// How many statements logging in and validating take, and that what is saved is not what protects.
@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct QueryCountTests {
    private func cost(_ body: () async throws -> Void) async throws -> Int {
        let cost = RequestCost()
        try await RequestCost.$current.withValue(cost) { try await body() }
        return cost.queries
    }

    private func password(_ user: JSONValue) -> JSONValue {
        [
            "auth": [
                "identity": ["methods": ["password"], "password": ["user": user]],
                "scope": ["project": ["name": "demo", "domain": ["name": "Default"]]],
            ]
        ]
    }

    @Test func aLoginWithAPasswordMakesSixStatements() async throws {
        try await APIWorld.run { world in
            let body = password(["name": "demo", "domain": ["name": "Default"], "password": "demo"])
            let count = try await cost {
                let status = try await world.status("POST", "/auth/tokens", body, token: "")
                #expect(status == 201)
            }
            #expect(count <= 6)
        }
    }

    @Test func aTokenInMemoryIsValidatedWithoutTheDatabase() async throws {
        try await APIWorld.run { world in
            let token = try await world.identity.login("demo", "demo", scope: IdentityWorld.project("demo")).text
            let tokens = TokenService(world.identity.env)
            _ = try await tokens.validate(token)
            let count = try await cost { _ = try await tokens.validate(token) }
            #expect(count == 0)
        }
    }

    /// One daemon has the token in memory while another revokes it.
    @Test func aRevocationByAnotherDaemonIsInForceWithinASecond() async throws {
        try await APIWorld.run { world in
            let env = world.identity.env
            let issued = try await world.identity.login("demo", "demo", scope: IdentityWorld.project("demo"))
            let tokens = TokenService(env)
            _ = try await tokens.validate(issued.text)
            let event = RevocationEvent(auditID: issued.token.payload.auditIDs.first, issuedBefore: env.clock.now())
            try await env.database.transaction("another daemon's") { tx in
                _ = try RevocationStore.add(event, at: env.clock.now(), tx)
            }
            world.identity.clock.advance(by: .milliseconds(999))
            await #expect(throws: InvalidToken.self) { _ = try await tokens.validate(issued.text) }
        }
    }

    @Test func aRevocationOfThisDaemonIsInForceAtOnce() async throws {
        try await APIWorld.run { world in
            let issued = try await world.identity.login("demo", "demo", scope: IdentityWorld.project("demo"))
            let tokens = TokenService(world.identity.env)
            try await tokens.revoke(try await tokens.validate(issued.text), .system())
            await #expect(throws: InvalidToken.self) { _ = try await tokens.validate(issued.text) }
        }
    }

    @Test func aNumberIsBelievedForHalfASecondAndNeverGoesBack() {
        let newest = NewestRevocation()
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        #expect(newest.number(at: start) == nil)
        newest.read(7, asked: start)
        #expect(newest.number(at: start.addingTimeInterval(0.4)) == 7)
        newest.made(9)
        newest.read(8, asked: start.addingTimeInterval(0.1))
        #expect(newest.number(at: start.addingTimeInterval(0.5)) == 9)
        #expect(newest.number(at: start.addingTimeInterval(0.7)) == nil)
        // A clock that was set back.
        #expect(newest.number(at: start) == nil)
    }

    /// What one statement reads now is what several read before: groups, inheritance and domains included.
    @Test func rolesAreHeldDirectlyThroughGroupsAndFromAbove() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let child = try #require(
                try await world.make(
                    "POST", "/projects", ["project": ["name": "child", "parent_id": .string(project)]])["project"]?[
                        "id"]?.string)
            let env = world.identity.env
            let reader = try await world.identity.role("reader").id
            let manager = try await world.identity.role("manager").id
            func held(_ target: RoleTarget) async throws -> Set<RoleID> {
                try await env.database.read("test") {
                    try AssignmentStore.roles(of: UserID(user), at: target, asOf: env.clock.now(), $0)
                }
            }
            let childTarget = RoleTarget.project(ProjectID(child))
            #expect(try await held(childTarget).isEmpty)
            try await world.make(
                "PUT", "/OS-INHERIT/projects/\(project)/users/\(user)/roles/\(reader)/inherited_to_projects")
            #expect(try await held(childTarget) == [reader])
            let group = try #require(
                try await world.make("POST", "/groups", ["group": ["name": "g"]])["group"]?["id"]?.string)
            try await world.make("PUT", "/groups/\(group)/users/\(user)")
            try await world.make(
                "PUT", "/OS-INHERIT/domains/default/groups/\(group)/roles/\(manager)/inherited_to_projects")
            #expect(try await held(childTarget) == [reader, manager])
            // Inherited roles count below, not where they are given.
            #expect(try await held(.domain(DomainID("default"))).isEmpty)
            #expect(try await held(.project(ProjectID("default"))).isEmpty)
            #expect(try await held(.system).isEmpty)
        }
    }
}
