import Core
import Database
import FoundationEssentials
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

/// Who did what: kept with the change, or not at all.
@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct AuditTests {
    private func entries(_ world: APIWorld, _ object: String) async throws -> [AuditEntry] {
        var filter = AuditStore.Filter()
        filter.objectID = object
        return try await world.identity.env.audit(filter, limit: 100)
    }

    @Test func theAuditSaysWhoMadeAUserWhenAndByWhichRequest() async throws {
        try await APIWorld.run { world in
            let answer = try await world.call(
                "POST", "/users", ["user": ["name": "u", "password": "secret"]],
                headers: ["X-Openstack-Request-Id": "req-11111111-2222-4333-8444-555555555555"])
            let user = try #require(answer.body["user"]?["id"]?.string)
            let entry = try #require(try await entries(world, user).first)
            #expect(entry.operation == "created")
            #expect(entry.resource == "user")
            #expect(entry.userName == "admin")
            #expect(entry.userID == (try await world.identity.user("admin")).id)
            #expect(entry.projectID == (try await world.identity.project(named: "admin")).id)
            #expect(entry.at == world.identity.env.clock.now())
            #expect(entry.globalRequestID == "req-11111111-2222-4333-8444-555555555555")
            let id = try #require(answer.headers.first { $0.name.canonicalName == "x-openstack-request-id" }?.value)
            #expect(entry.requestID == id)
            var filter = AuditStore.Filter()
            filter.requestID = id
            #expect(try await world.identity.env.audit(filter, limit: 10).map(\.objectID) == [user])
        }
    }

    /// Secrets are changed like anything else, and are not kept.
    @Test func aChangedPasswordIsInTheAuditWithoutThePassword() async throws {
        try await APIWorld.run { world in
            let (user, _) = try await world.newUser("u")
            try await world.make("PATCH", "/users/\(user)", ["user": ["password": "very-secret"]])
            let kept = try await entries(world, user)
            #expect(kept.first?.operation == "updated")
            #expect(!kept.contains { JSONValue.object($0.details).jsonText.contains("secret") })
        }
    }

    @Test func anAssignmentIsFoundByItsUserAndByItsProject() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let role = try await world.identity.role("reader").id.rawValue
            let path = "/projects/\(project)/users/\(user)/roles/\(role)"
            try await world.make("PUT", path)
            try await world.make("DELETE", path)
            for object in [user, project] {
                let kept = try await entries(world, object).filter { $0.resource == "role_assignment" }.prefix(2)
                #expect(kept.map(\.operation) == ["deleted", "created"])
                #expect(kept.allSatisfy { $0.details["role"] == .string(role) && $0.relatedID == project })
            }
        }
    }

    /// A row about what did not happen would be a lie.
    @Test func whatWasRefusedLeavesNoRow() async throws {
        try await APIWorld.run { world in
            let (user, _) = try await world.newUser("u")
            let before = try await world.identity.env.audit(AuditStore.Filter(), limit: 1000).count
            #expect(try await world.status("POST", "/users", ["user": ["name": "u"]]) == 409)
            #expect(try await world.status("DELETE", "/groups/none") == 404)
            #expect(try await world.status("PATCH", "/users/\(user)", ["user": ["name": "admin"]]) == 409)
            #expect(try await world.identity.env.audit(AuditStore.Filter(), limit: 1000).count == before)
        }
    }

    @Test func aDeletedDomainTakesEveryoneAlongByName() async throws {
        try await APIWorld.run { world in
            let domain = try #require(
                try await world.make("POST", "/domains", ["domain": ["name": "d", "enabled": false]])["domain"]?["id"]?
                    .string)
            let user = try #require(
                try await world.make("POST", "/users", ["user": ["name": "x", "domain_id": .string(domain)]])["user"]?[
                    "id"]?.string)
            try await world.make("DELETE", "/domains/\(domain)")
            let kept = try await entries(world, domain).filter { $0.operation == "deleted" }
            #expect(Set(kept.map(\.resource)) == ["user", "domain"])
            #expect(try await entries(world, user).first?.operation == "deleted")
            #expect(Set(kept.map(\.requestID)).count == 1)
        }
    }

    @Test func oldRowsAreForgottenAndPagesGoOnWhereTheyEnded() async throws {
        try await APIWorld.run(options: "[audit]\nretention_days = 30") { world in
            let env = world.identity.env
            var filter = AuditStore.Filter()
            let all = try await env.audit(filter, limit: 1000)
            var paged: [Int64] = []
            while true {
                let page = try await env.audit(filter, limit: 7)
                guard let last = page.last else { break }
                paged += page.map(\.number)
                filter.before = last.number
            }
            #expect(paged == all.map(\.number))
            world.identity.clock.advance(by: .seconds(31 * 86_400))
            try await world.identity.env.change("test", .system()) { _, record in
                record.created(.group, GroupID("late"))
            }
            try await env.purgeAudit()
            #expect(try await env.audit(AuditStore.Filter(), limit: 1000).map(\.objectID) == ["late"])
        }
    }
}
