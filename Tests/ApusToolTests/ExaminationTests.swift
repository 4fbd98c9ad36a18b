import Core
import FoundationEssentials
import Testing

@testable import Doctor

private struct ScriptedCheck: DoctorCheck {
    let name = "scripted"
    let summary = "as the test says"
    let looks: @Sendable (Int) async throws -> [Finding]
    private let count = Counter()

    init(_ looks: @escaping @Sendable (Int) async throws -> [Finding]) { self.looks = looks }

    func run(_: Cloud) async throws -> [Finding] { try await looks(count.next()) }
    var looked: Int { count.value }

    private final class Counter: Sendable {
        private let number = Locked(0)
        var value: Int { number.withLock { $0 } }
        func next() -> Int {
            number.withLock {
                $0 += 1
                return $0
            }
        }
    }
}

@Suite("An examination")
struct ExaminationTests {
    private let cloud = Cloud(folder: "/nonexistent", services: [])

    private func finding(_ what: String, _ rank: Finding.Rank = .warning, kind: Finding.Kind = .leftover) -> Finding {
        Finding(rank, kind, what, "d", advice: "a")
    }

    private func examine(_ checks: ScriptedCheck..., deadline: Duration = .seconds(60)) async -> Report {
        var examination = Examination(checks)
        examination.pause = .zero
        examination.deadline = deadline
        return await examination.run(cloud)
    }

    @Test("only what every look finds is a finding, as the last look says it")
    func dropsWorkInProgress() async {
        let check = ScriptedCheck { look in
            let steady = Finding(.warning, .leftover, "steady", "for \(look) s", advice: "a")
            return look == 2 ? [steady] : [steady, self.finding("passing \(look)")]
        }
        let report = await examine(check)
        #expect(report.ranked.map(\.finding.what) == ["steady"])
        #expect(report.ranked.first?.finding.detail == "for 3 s")
        #expect(report.exitStatus == 1)
    }

    @Test("nothing found is one look, and so are notes")
    func looksOnceWhenClean() async {
        let clean = ScriptedCheck { _ in [] }
        let note = ScriptedCheck { _ in [self.finding("n", .note)] }
        let report = await examine(clean, note)
        #expect(clean.looked == 1 && note.looked == 1)
        #expect(report.exitStatus == 0)
    }

    @Test("a check that hangs or fails gives status 2, and the others are made")
    func survivesHanging() async {
        let hanging = ScriptedCheck { _ in
            try await Task.sleep(for: .seconds(3600))
            return []
        }
        let failing = ScriptedCheck { _ in throw ServiceError(.unavailable, "The database is away.") }
        let sound = ScriptedCheck { _ in [self.finding("x", .critical)] }
        let report = await examine(hanging, failing, sound, deadline: .milliseconds(100))
        #expect(report.exitStatus == 2)
        #expect(report.ranked.map(\.finding.what) == ["x"])
        #expect(report.text.contains("no answer within") && report.text.contains("The database is away."))
    }

    @Test("something that does not answer gives status 2")
    func unreachableIsTwo() async {
        #expect(await examine(ScriptedCheck { _ in [self.finding("memcached", kind: .unreachable)] }).exitStatus == 2)
    }

    @Test("findings are ranked, the worst first")
    func ranks() async {
        let check = ScriptedCheck { _ in
            [self.finding("n", .note), self.finding("c", .critical), self.finding("w", .warning)]
        }
        #expect(await examine(check).ranked.map(\.finding.what) == ["c", "w", "n"])
    }

    @Test("the JSON has the keys that are documented")
    func documentsJSON() async throws {
        let skipped = ScriptedCheck { _ in throw CheckSkipped(reason: "r") }
        let report = await examine(ScriptedCheck { _ in [self.finding("x")] }, skipped)
        let json = try JSONValue.parse(Array(report.json().utf8))
        #expect(
            Set(json.object?.keys.map { $0 } ?? []) == [
                "version", "time", "seconds", "exit_status", "counts", "findings", "checks", "repairs",
            ])
        #expect(
            Set(json["findings"]?[0]?.object?.keys.map { $0 } ?? []) == [
                "check", "rank", "kind", "what", "detail", "advice", "repair",
            ])
        #expect(json["checks"]?.array?.compactMap { $0["status"]?.string } == ["findings", "skipped"])
        #expect(json["counts"]?["warning"]?.int == 1)
    }

    @Test("every check has a name of its own that can be given to --only")
    func namesChecks() {
        let names = allDoctorChecks.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
    }
}
