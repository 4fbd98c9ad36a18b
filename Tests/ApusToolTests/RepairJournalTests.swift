import Core
import FoundationEssentials
import Testing

@testable import Doctor

@Suite("The journal of repairs")
struct RepairJournalTests {
    private let path = "/tmp/apus-journal-\(IDGenerator.random.hex())/journal.jsonl"

    private func entry(_ id: String, _ result: RepairEntry.Result) -> RepairEntry {
        RepairEntry(
            id: id, time: Date(timeIntervalSince1970: 0), by: "root@h", check: "c",
            finding: Finding(.warning, .leftover, "x", "d", advice: "a"), repair: Repair("remove x") { _ in .done("") },
            result: result)
    }

    @Test("keeps the newest entries within its limit")
    func isBounded() throws {
        let journal = RepairJournal(path: path, limit: 3)
        for number in 1...5 { try journal.store(entry("\(number)", .done)) }
        #expect(try journal.entries().map(\.id) == ["3", "4", "5"])
        #expect(try FileFacts(path)?.mode == 0o600)
    }

    @Test("a finished repair takes the place of the begun one")
    func replaces() throws {
        let journal = RepairJournal(path: path)
        try journal.store(entry("1", .begun))
        #expect(try journal.entries().map(\.result) == [.begun])
        try journal.store(entry("1", .done))
        #expect(try journal.entries().map(\.result) == [.done])
    }

    @Test("writers at once lose nothing")
    func serialises() async throws {
        let journal = RepairJournal(path: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 { group.addTask { try journal.store(entry("\(number)", .done)) } }
            try await group.waitForAll()
        }
        #expect(try Set(journal.entries().map(\.id)).count == 16)
    }

    @Test("nothing is repaired when it cannot be written down")
    func refusesWithoutJournal() async throws {
        let touched = Touched()
        let finding = Finding(
            .warning, .leftover, "x", "d", advice: "a",
            repair: Repair("touch") { _ in
                await touched.set()
                return .done("")
            })
        let report = Report(
            time: Date(), seconds: 0,
            entries: [Report.Entry(check: "c", result: .findings([finding]), seconds: 0)])
        let run = RepairRun(journal: RepairJournal(path: "/dev/null/journal"), by: "x")
        let cloud = Cloud(folder: "/nonexistent", services: [])
        await #expect(throws: (any Error).self) { try await run.repair(report, cloud) }
        #expect(await !touched.isSet)
        #expect(run.proposals(report, cloud).map(\.result) == [.proposed])
        #expect(await !touched.isSet)
    }

    private actor Touched {
        private(set) var isSet = false
        func set() { isSet = true }
    }
}
