import Database
import TestSupport
import Testing

@testable import Doctor

@Suite("Workflows and what they work on", .enabled(if: TestServices.isDatabaseAvailable))
struct SagaChecksTests {
    @Test("a stuck workflow is found, resumed, and journaled")
    func resumesStuck() async throws {
        try await TestCloud.with(["compute"], settings: ["conductor.conf": ""]) { test in
            try await test.makeServer(testID(1), task: "deleting")
            try await test.makeSaga("s1", of: testID(1), status: "stuck", dueInSeconds: nil)
            #expect(try await test.findings(SagasCheck()).map(\.what) == ["workflow s1"])
            let repairs = try await test.repair(SagasCheck())
            #expect(repairs.map(\.result) == [.done])
            #expect(try await test.findings(SagasCheck()).isEmpty)
            let entry = try #require(try test.journal.entries().first)
            #expect(entry.by == "tester@here" && entry.check == "sagas" && entry.action == "resume workflow s1")
        }
    }

    @Test("a workflow that somebody else has resumed meanwhile is not resumed again")
    func refusesResumed() async throws {
        try await TestCloud.with(["compute"], settings: ["conductor.conf": ""]) { test in
            try await test.makeServer(testID(1))
            try await test.makeSaga("s1", of: testID(1), status: "stuck", dueInSeconds: nil)
            let repair = try #require(try await test.findings(SagasCheck()).first?.repair)
            try await test.execute("compute", "UPDATE sagas SET status = 'undoing', due_at = UTC_TIMESTAMP(6)")
            #expect(try await repair.apply(test.cloud) == .refused("Workflow s1 is not stuck."))
        }
    }

    @Test("one that no daemon takes and one that waits beyond its deadline are found, one that is worked on is not")
    func findsLapsed() async throws {
        try await TestCloud.with(["compute"]) { test in
            for number in 1...3 { try await test.makeServer(testID(number)) }
            try await test.makeSaga("lapsed", of: testID(1), dueInSeconds: -60)
            try await test.makeSaga("late", of: testID(2), status: "parked", dueInSeconds: -60, hasDeadline: true)
            try await test.makeSaga("fine", of: testID(3), dueInSeconds: 20)
            let found = try await test.findings(SagasCheck())
            #expect(found.map(\.what) == ["workflow lapsed", "workflow late"])
            #expect(found.last?.detail.contains("beyond its deadline") == true)
        }
    }

    @Test("one whose server is gone is found, unless it is the deletion itself")
    func findsSubjectless() async throws {
        try await TestCloud.with(["compute"]) { test in
            try await test.makeServer(testID(1), isDeleted: true)
            try await test.makeSaga("build", of: testID(1), ageSeconds: 120)
            try await test.makeSaga("young", of: testID(1))
            try await test.makeSaga("delete", of: testID(1), name: "delete-server", ageSeconds: 120)
            #expect(try await test.findings(SagasCheck()).map(\.what) == ["workflow build"])
        }
    }

    @Test("a server in a task without a workflow is found, one with a workflow is not")
    func findsTasks() async throws {
        try await TestCloud.with(["compute"]) { test in
            try await test.makeServer(testID(1), task: "spawning")
            try await test.makeServer(testID(2), task: "spawning")
            try await test.makeSaga("s2", of: testID(2))
            try await test.makeServer(testID(3), state: "building")
            try await test.makeServer(testID(4), task: "deleting", secondsAgo: 1)
            let found = try await test.findings(TasksCheck())
            #expect(found.map(\.what) == ["server \(testID(1))", "server \(testID(3))"])
        }
    }

    @Test("a change that has waited for OVN is found")
    func findsOutbox() async throws {
        try await TestCloud.with(["network"]) { test in
            try await test.execute(
                "network",
                """
                INSERT INTO ovn_changes (subject, sequence, queued_at, attempts, not_before)
                VALUES ('port/x', 1, UTC_TIMESTAMP(6) - INTERVAL 90 SECOND, 3, UTC_TIMESTAMP(6))
                """)
            #expect(try await test.findings(OutboxesCheck()).map(\.what) == ["changes to be brought to OVN"])
        }
    }

    @Test("a host that has not been seen is critical, one seen in the future a warning, a disabled one a note")
    func judgesHeartbeats() async throws {
        try await TestCloud.with(["compute"]) { test in
            for (number, host, age, isDisabled) in [
                (1, "a", 300, false), (2, "b", -60, false), (3, "c", 300, true), (4, "d", 5, false),
            ] {
                try await test.execute(
                    "compute",
                    """
                    INSERT INTO services (id, host, `binary`, is_disabled, last_seen_at, created_at)
                    VALUES (\(testID(number)), \(host), 'nova-compute', \(isDisabled),
                        UTC_TIMESTAMP(6) - INTERVAL \(age) SECOND, UTC_TIMESTAMP(6))
                    """)
            }
            #expect(try await test.findings(HeartbeatsCheck()).map(\.rank) == [.critical, .warning, .note])
        }
    }
}
