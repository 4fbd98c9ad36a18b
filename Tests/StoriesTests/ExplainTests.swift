import AsyncHTTPClient
import Core
import Database
import FoundationEssentials
import Network
import TestSupport
import Testing
import Workflow

@testable import Stories

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct ExplainTests {
    private let now = Date(timeIntervalSince1970: 1_790_000_000)

    private func explain(_ cloud: CloudDatabases, _ text: String) async throws -> Explanation {
        let explainer = Explainer(cloud, StorySources([], http: .shared), now: now) { _ in "up false, bound nowhere" }
        return try await explainer.explain(try await ObjectFinder(cloud).find(text))
    }

    @Test func everyKindOfObjectIsExplained() async throws {
        try await Cloud.with { cloud in
            try await Cloud.fill(cloud, now: now)
            let expected: [(String, [String])] = [
                (
                    "web",
                    [
                        "server \(Cloud.server) (web) of project \(Cloud.project)", "building, spawning", "host: host1",
                        "volume: \(Cloud.volume) attached at /dev/vdb", "chose host1 of 2 hosts", "RamFilter removed 1",
                        "workflow build-server \(Cloud.saga) of compute: running",
                        "create: under way, \(Cloud.request)",
                    ]
                ),
                (
                    "data",
                    [
                        "state: in-use", "size: 3 GiB",
                        "attachment: \(Cloud.attachment) attaching, server \(Cloud.server)",
                        "export: iqn.2010-10.org.openstack:volume-\(Cloud.volume)",
                        "in server: \(Cloud.server), attached",
                    ]
                ),
                ("data-before", ["snapshot", "state: available", "volume: \(Cloud.volume)"]),
                (Cloud.attachment, ["state: attaching", "waits for: compute to connect", "host host1, /dev/vdb"]),
                ("empty", ["image", "state: queued", "waits for: its data"]),
                (
                    "web-port",
                    [
                        "state: DOWN", "binding: normal on host1", "OVN: up false, bound nowhere",
                        "waits for: network to bring port/\(Cloud.port) to OVN", "tried 4 times",
                        "owner: ovn-controller on host1", "floating IP: 203.0.113.5",
                    ]
                ),
                ("private", ["network", "segment: geneve 7", "subnet: \(Cloud.id(9)) 10.0.0.0/24", "ports: 1"]),
                ("private-v4", ["subnet", "gateway: 10.0.0.1", "addresses taken: 0"]),
                ("edge", ["router", "state: ACTIVE"]),
                ("203.0.113.5", ["floating IP", "port: \(Cloud.port)", "router: \(Cloud.id(10))"]),
                ("default", []),
                ("demo", ["project", "enabled", "servers: 1", "volumes: 1", "ports: 1"]),
                ("ada", ["user", "failed log-ins: 3"]),
                (Cloud.saga, ["workflow", "subject: \(Cloud.server)", "request: \(Cloud.request)"]),
            ]
            for (text, parts) in expected where text != "default" {
                let answer = try await explain(cloud, text)
                let told = answer.text(now: now)
                for part in parts { #expect(told.contains(part), "\(text): no \(part) in:\n\(told)") }
                #expect(try JSONValue.parse(Array(answer.json().utf8))["id"]?.string == answer.object.id)
            }
            // The id of a domain goes before the name of a security group.
            #expect(try await explain(cloud, "default").object.kind == .project)
            let group = try await ObjectFinder(cloud).find("default", kind: .securityGroup)
            #expect(group.id == Cloud.id(12))
        }
    }

    @Test func anAmbiguousNameListsItsCandidatesAndAnUnknownOneSaysSo() async throws {
        try await Cloud.with { cloud in
            try await Cloud.fill(cloud, now: now)
            let finder = ObjectFinder(cloud)
            let ambiguous = await #expect(throws: ServiceError.self) { try await finder.find("twice") }
            #expect(ambiguous?.code == .conflict)
            #expect(ambiguous?.message.contains("network \(Cloud.id(13)) (twice)") == true)
            #expect(ambiguous?.message.contains("network \(Cloud.id(14)) (twice)") == true)
            let unknown = await #expect(throws: ServiceError.self) { try await finder.find("nobody") }
            #expect(unknown?.code == .notFound)
            #expect(unknown?.message == "There is no object nobody.")
            // A deleted one is found while no living one has its name.
            _ = try await cloud[service: "compute"]?.execute("UPDATE servers SET deleted_at = \(now)")
            #expect(try await finder.find("web").deletedAt != nil)
        }
    }

    @Test func aServiceWithoutDatabaseIsNamedInsteadOfFailing() async throws {
        let finder = ObjectFinder(CloudDatabases([:], missing: ["compute": "The database is not reachable."]))
        let unknown = await #expect(throws: ServiceError.self) { try await finder.find("web") }
        #expect(unknown?.message == "There is no object web. Not asked: compute (The database is not reachable.).")
    }

    @Test func workflowsAreFilteredAndAStuckOneIsResumedOnce() async throws {
        try await Cloud.with { cloud in
            try await Cloud.fill(cloud, now: now)
            let workflows = Workflows(cloud)
            var filter = SagaFilter()
            #expect(try await workflows.list(filter).map(\.record.id) == [Cloud.saga])
            filter.name = "delete-server"
            #expect(try await workflows.list(filter).isEmpty)
            filter.name = nil
            filter.statuses = [.stuck]
            #expect(try await workflows.list(filter).isEmpty)
            filter = SagaFilter()
            filter.createdBefore = Date(timeIntervalSince1970: 0)
            #expect(try await workflows.list(filter).isEmpty)

            let early = await #expect(throws: ServiceError.self) {
                try await workflows.resume(Cloud.saga, by: "me", now: now)
            }
            #expect(early?.code == .conflict)
            _ = try await cloud[service: "compute"]?.execute("UPDATE sagas SET status = 'stuck', step_name = 'ports'")
            try await workflows.resume(Cloud.saga, by: "me", now: now)
            await #expect(throws: ServiceError.self) { try await workflows.resume(Cloud.saga, by: "me", now: now) }
            let journal = try #require(try await workflows.show(Cloud.saga)).journal
            #expect(
                journal.map { "\($0.phase) \($0.step) \($0.outcome) by \($0.owner ?? "")" } == [
                    "resume ports done by me"
                ])
        }
    }

    @Test func aRequestIsToldFromTheJournalWhenNoDaemonAnswers() async throws {
        try await Cloud.with { cloud in
            try await Cloud.fill(cloud, now: now)
            let nobody = DaemonAddress(name: "conductor", url: "http://127.0.0.1:1", folder: "/nowhere")
            let sources = StorySources([nobody], http: .shared)
            let story = try await RequestStory.gather(Cloud.request, sources, Workflows(cloud))
            #expect(story.sagas.map(\.record.id) == [Cloud.saga])
            #expect(story.text(now: now).contains("conductor: no answer at http://127.0.0.1:1"))
            let none = try await RequestStory.gather(
                "req-99999999-1111-4111-8111-111111111111", sources, Workflows(cloud))
            #expect(none.isEmpty)
            #expect(none.absence.contains("No daemon remembers req-99999999"))
        }
    }
}
