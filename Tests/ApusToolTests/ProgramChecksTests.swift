import Core
import Database
import TestSupport
import Testing

@testable import Doctor

/// Programs of a test's own: what each prints, and how it was called.
private final class FakePrograms: Sendable {
    private let state = Locked<(answers: [String: String], calls: [String])>(([:], []))

    func set(_ program: String, _ answer: String) { state.withLock { $0.answers[program] = answer } }
    var calls: [String] { state.withLock { $0.calls } }

    func run(_ program: String, _ arguments: [String]) throws -> String {
        try state.withLock { state in
            let line = ([program] + arguments).joined(separator: " ")
            state.calls.append(line)
            if line.contains("del-port") || line.contains("--op delete") { state.answers[program] = nil }
            guard let answer = state.answers[program] else {
                if line.contains("--op show") || line.contains("list Interface") { return "{\"data\":[]}" }
                if program == "tgtadm" || program == "ovs-vsctl" { return "" }
                throw CheckFailed(reason: "\(program) failed: it is not there")
            }
            return answer
        }
    }
}

@Suite("What the machine's programs show", .enabled(if: TestServices.isDatabaseAvailable))
struct ProgramChecksTests {
    private static let target = """
        Target 1: iqn.2010-10.org.openstack:volume-\(testID(1))
            System information:
                Driver: iscsi
            I_T nexus information:
            LUN information:
                LUN: 1
                    Backing store path: /v/volume-\(testID(1))
            Account information:
                apus-a1
            ACL information:
                ALL
        """

    private func withTargets(_ body: (TestCloud, FakePrograms) async throws -> Void) async throws {
        let programs = FakePrograms()
        let run: Cloud.Programs = { program, arguments, _ in try programs.run(program, arguments) }
        try await TestCloud.with(["block-storage"], programs: run) { try await body($0, programs) }
    }

    private func makeAttachment(_ test: TestCloud) async throws {
        try await test.execute(
            "block-storage",
            """
            INSERT INTO attachments (id, volume_id, project_id, status, connector, created_at)
            VALUES (\(testID(5)), \(testID(1)), 'p', 'attached', '{}', UTC_TIMESTAMP(6))
            """)
    }

    @Test("a target without an attachment is removed with its account, without force")
    func removesOrphanTarget() async throws {
        try await withTargets { test, programs in
            programs.set("tgtadm", Self.target)
            let repairs = try await test.repair(TargetsCheck())
            #expect(repairs.map(\.result) == [.done])
            let calls = programs.calls
            #expect(calls.contains { $0.hasSuffix("--mode target --op unbind --tid 1 --initiator-address ALL") })
            #expect(calls.contains { $0.hasSuffix("--mode target --op delete --tid 1") })
            #expect(calls.contains { $0.hasSuffix("--mode account --op delete --user apus-a1") })
            #expect(!calls.contains { $0.contains("--force") })
            #expect(try await test.findings(TargetsCheck()).isEmpty)
            #expect(try test.journal.entries().count == 1)
        }
    }

    @Test("a target that somebody uses, or that has an attachment by now, is not removed")
    func keepsUsedTarget() async throws {
        try await withTargets { test, programs in
            programs.set("tgtadm", Self.target)
            let repair = try #require(try await test.findings(TargetsCheck()).first?.repair)
            programs.set(
                "tgtadm",
                Self.target.replacing(
                    "    I_T nexus information:",
                    with: "    I_T nexus information:\n        I_T nexus: 2\n            Connection: 0"))
            #expect(try await repair.apply(test.cloud) == .refused("somebody is logged in"))
            programs.set("tgtadm", Self.target)
            try await makeAttachment(test)
            #expect(try await repair.apply(test.cloud) == .refused("the volume has an attachment by now"))
            #expect(!programs.calls.contains { $0.contains("delete") || $0.contains("unbind") })
        }
    }

    @Test("an attachment whose target is gone is critical")
    func findsMissingTarget() async throws {
        try await withTargets { test, _ in
            try await makeAttachment(test)
            #expect(try await test.findings(TargetsCheck()).map(\.rank) == [.critical])
        }
    }

    private static let interface = """
        {"data":[["br-int",["map",[]]],["vnet7",["map",[["iface-id","\(testID(2))"],["vm-id","\(testID(1))"]]]]],\
        "headings":["name","external_ids"]}
        """

    private func withInterfaces(_ body: (TestCloud, FakePrograms) async throws -> Void) async throws {
        let programs = FakePrograms()
        programs.set("ovs-vsctl", Self.interface)
        programs.set("virsh", "==\n")
        let run: Cloud.Programs = { program, arguments, _ in try programs.run(program, arguments) }
        let settings = ["compute-agent.conf": "[DEFAULT]\nhost = h1\n"]
        try await TestCloud.with(["compute", "network"], settings: settings, programs: run) {
            try await body($0, programs)
        }
    }

    @Test("an interface of a deleted server, with no port, is unplugged")
    func unplugsOrphan() async throws {
        try await withInterfaces { test, programs in
            try await test.makeServer(testID(1), isDeleted: true)
            let repairs = try await test.repair(InterfacesCheck())
            #expect(repairs.map(\.result) == [.done])
            #expect(programs.calls.contains { $0.hasSuffix("--if-exists del-port vnet7") })
            #expect(try test.journal.entries().map(\.check) == ["interfaces"])
        }
    }

    @Test("one whose guest runs, or that is somebody else's, is not unplugged")
    func keepsUsedInterface() async throws {
        try await withInterfaces { test, programs in
            let strangers = try await test.findings(InterfacesCheck()).filter { $0.what == "interface vnet7" }
            #expect(strangers.count == 1 && strangers.first?.repair == nil)
            try await test.makeServer(testID(1), isDeleted: true)
            let found = try await test.findings(InterfacesCheck()).first { $0.what == "interface vnet7" }
            let repair = try #require(found?.repair)
            programs.set("virsh", "\(testID(1))\n==\n\(testID(1))\n")
            #expect(try await repair.apply(test.cloud) == .refused("the guest runs"))
            programs.set("ovs-vsctl", "{\"data\":[]}")
            #expect(try await repair.apply(test.cloud) == .refused("it is gone, or another's by now"))
            #expect(!programs.calls.contains { $0.contains("del-port") })
        }
    }

    @Test("servers and domains are compared both ways, and the state of each")
    func comparesDomains() async throws {
        try await withInterfaces { test, programs in
            try await test.makeServer(testID(1), host: "h1")
            try await test.makeServer(testID(2), host: "h1")
            try await test.makeServer(testID(3), host: "h1", state: "stopped")
            try await test.makeServer(testID(4), host: "h1", task: "spawning")
            programs.set("virsh", "\(testID(2))\n\(testID(3))\n==\n\(testID(3))\n")
            let found = try await test.findings(DomainsCheck())
            #expect(
                Set(found.map(\.key)) == [
                    "missing domain \(testID(1))", "mismatch domain \(testID(2))",
                ])
        }
    }
}
