import Core
import Database
import FoundationEssentials
import Messaging
import Notifications
import TestSupport
import Testing
import Workflow

@testable import Identity

/// What is told of changes, as Keystone's consumers read it.
@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct IdentityNoticesTests {
    private static let on = "[oslo_messaging_notifications]\ndriver = messagingv2\n"

    /// Empties the outbox. - Returns: what was in it.
    private func told(_ world: APIWorld) async throws -> [JSONValue] {
        let sent = Locked<[JSONValue]>([])
        _ = try await Outbox.publish(
            world.identity.env.database, owner: "test", now: world.identity.env.clock.now()
        ) { message in sent.withLock { $0.append(message.payload) } }
        return sent.withLock { $0 }
    }

    @Test func withoutADriverNothingIsWritten() async throws {
        try await APIWorld.run { world in
            _ = try await world.newUser("u")
            #expect(try await told(world).isEmpty)
        }
    }

    @Test func aCADFEventSaysWhoDidWhatToWhom() async throws {
        try await APIWorld.run(options: Self.on) { world in
            _ = try await told(world)
            let user = try #require(
                try await world.make("POST", "/users", ["user": ["name": "u"]])["user"]?["id"]?.string)
            let messages = try await told(world)
            #expect(messages.count == 1)
            let message = try #require(messages.first)
            #expect(message["event_type"] == "identity.user.created")
            #expect(message["publisher_id"] == "identity.ctl")
            #expect(message["priority"] == "INFO")
            let event = try #require(message["payload"])
            #expect(
                Set(event.object?.keys.map { $0 } ?? []) == [
                    "typeURI", "eventType", "id", "eventTime", "action", "outcome", "observer", "initiator", "target",
                    "resource_info",
                ])
            #expect(event["typeURI"] == "http://schemas.dmtf.org/cloud/audit/1.0/event")
            #expect(event["eventType"] == "activity")
            #expect(event["action"] == "created.user")
            #expect(event["outcome"] == "success")
            #expect(event["resource_info"]?.string == user)
            #expect(event["target"] == ["typeURI": "data/security/account/user", "id": .string(user)])
            #expect(event["observer"]?["typeURI"] == "service/security")
            let administrator = try await world.identity.user("admin").id.rawValue
            let initiator = event["initiator"]
            #expect(initiator?["typeURI"] == "service/security/account/user")
            #expect(initiator?["user_id"]?.string == administrator)
            #expect(initiator?["username"] == "admin")
            #expect(initiator?["project_id"]?.string == (try await world.identity.project(named: "admin")).id.rawValue)
            #expect(initiator?["request_id"]?.string?.hasPrefix("req-") == true)
        }
    }

    @Test func anAssignmentsEventHasItsPartiesBesideTheTarget() async throws {
        try await APIWorld.run(options: Self.on) { world in
            let (user, project) = try await world.newUser("u")
            let role = try await world.identity.role("reader").id.rawValue
            _ = try await told(world)
            try await world.make("PUT", "/projects/\(project)/users/\(user)/roles/\(role)")
            let event = try #require(try await told(world).first)
            #expect(event["event_type"] == "identity.role_assignment.created")
            let payload = event["payload"]
            #expect(payload?["action"] == "created.role_assignment")
            #expect(payload?["user"]?.string == user)
            #expect(payload?["project"]?.string == project)
            #expect(payload?["role"]?.string == role)
            #expect(payload?["inherited_to_projects"] == false)
            #expect(payload?["target"]?["typeURI"] == "service/security/account/user")
        }
    }

    @Test func basicNotificationsSayWhatWasChanged() async throws {
        let options =
            "[DEFAULT]\nnotification_format = basic\nnotification_opt_out = identity.group.created\n" + Self.on
        try await APIWorld.run(options: options) { world in
            let (user, _) = try await world.newUser("u")
            _ = try await told(world)
            let group = try #require(
                try await world.make("POST", "/groups", ["group": ["name": "g"]])["group"]?["id"]?.string)
            #expect(try await told(world).isEmpty)
            try await world.make("PUT", "/groups/\(group)/users/\(user)")
            let message = try #require(try await told(world).first)
            #expect(message["event_type"] == "identity.group.updated")
            let payload = try #require(message["payload"]?.object)
            #expect(payload["resource_info"]?.string == group)
            #expect(payload["actor_id"]?.string == user)
            #expect(payload["actor_type"] == "user")
            #expect(payload["actor_operation"] == "added")
            #expect(payload["request_id"]?.string?.hasPrefix("req-") == true)
        }
    }

    @Test func aChangedDomainIsToldAsAProjectToo() async throws {
        try await APIWorld.run(options: Self.on) { world in
            _ = try await told(world)
            let domain = try #require(
                try await world.make("POST", "/domains", ["domain": ["name": "d"]])["domain"]?["id"]?.string)
            #expect(try await told(world).map { $0["event_type"]?.string } == ["identity.domain.created"])
            try await world.make("PATCH", "/domains/\(domain)", ["domain": ["enabled": false]])
            #expect(
                try await told(world).map { $0["event_type"]?.string } == [
                    "identity.project.updated", "identity.domain.updated",
                ])
        }
    }

    @Test func whatIsRefusedIsNotTold() async throws {
        try await APIWorld.run(options: Self.on) { world in
            _ = try await world.newUser("u")
            _ = try await told(world)
            #expect(try await world.status("POST", "/users", ["user": ["name": "u"]]) == 409)
            #expect(try await told(world).isEmpty)
        }
    }
}
