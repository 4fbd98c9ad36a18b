import Core
import FoundationEssentials
import Glibc
import Testing

@Suite("Stories of requests")
struct StoryTests {
    private let folder = "/tmp/apus-stories-\(IDGenerator.random.hex())"
    private let source = StorySource(daemon: "conductor", host: "one", process: 42)

    private func event(
        _ request: String, verb: String = "POST", outcome: String = "202",
        ids: [String] = [], detail: String? = nil
    ) -> StoryEvent {
        var context = RequestContext(requestID: request)
        context.userID = UserID("u")
        return StoryEvent(
            .request, context, verb: verb, name: "/v2.1/servers", outcome: outcome,
            endedAt: Date(microsecondsSince1970: 1_700_000_000_000_000), took: .milliseconds(5), ids: ids,
            detail: detail)
    }

    private func recorder(limit: Int = 1 << 20) throws -> StoryRecorder {
        let recorder = StoryRecorder()
        try recorder.open(folder: folder, limit: limit, source: source)
        return recorder
    }

    private func told(_ id: String) -> [ToldEvent] {
        StoryReader.lines(folder: folder, daemon: "conductor", id: id).compactMap { ToldEvent(line: $0) }
    }

    private func remove() {
        for name in names { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    private var names: [String] {
        ["changes", "changes.1", "routine", "routine.1"].map { "conductor.\($0)" }
    }

    private func size(_ name: String) -> Int {
        var info = stat()
        return stat("\(folder)/\(name)", &info) == 0 ? Int(info.st_size) : 0
    }

    @Test func whatWasRecordedIsFoundByItsRequestAndByWhatItWasAbout() throws {
        defer { remove() }
        let recorder = try recorder()
        defer { recorder.close() }
        let server = IDGenerator.random.uuid()
        let first = event("req-11111111-1111-4111-8111-111111111111", ids: [server], detail: "line\nbreak \"quoted\"")
        recorder.record(first)
        recorder.record(event("req-22222222-2222-4222-8222-222222222222"))
        recorder.flush()

        #expect(told(first.requestID).map(\.event) == [first])
        #expect(told(first.requestID).map(\.source) == [source])
        #expect(told(server).map(\.event) == [first])
    }

    @Test func usersTextAmongAPathsValuesIsNotKept() throws {
        defer { remove() }
        let recorder = try recorder()
        defer { recorder.close() }
        recorder.record(event("req-11111111-1111-4111-8111-111111111111", ids: ["gAAAA-a-token", "my-key"]))
        recorder.flush()
        #expect(told("req-11111111-1111-4111-8111-111111111111").first?.event.ids == [])
    }

    @Test func theFilesStayBelowTheirLimitAndKeepTheNewest() throws {
        defer { remove() }
        let limit = 256 << 10
        let recorder = try recorder(limit: limit)
        defer { recorder.close() }
        for round in 0..<10 {
            for number in 0..<1000 {
                recorder.record(
                    event("req-\(round)-\(number)", verb: number.isMultiple(of: 2) ? "POST" : "GET", outcome: "200"))
            }
            recorder.flush()
        }
        #expect(names.map(size).reduce(0, +) <= limit)
        #expect(told("req-9-999").count == 1)
        #expect(told("req-9-998").count == 1)
        #expect(told("req-0-0").isEmpty)
    }

    @Test func readingDoesNotPushOutWhatChangedSomething() throws {
        defer { remove() }
        let recorder = try recorder(limit: 64 << 10)
        defer { recorder.close() }
        recorder.record(event("req-change"))
        for round in 0..<5 {
            for number in 0..<1000 {
                recorder.record(event("req-read-\(round)-\(number)", verb: "GET", outcome: "200"))
            }
            recorder.flush()
        }
        #expect(told("req-change").count == 1)
        #expect(told("req-read-0-0").isEmpty)
    }

    @Test func aLineCutOffByAKillIsSkippedAndTheNextOneIsWhole() throws {
        defer { remove() }
        let first = try recorder()
        first.record(event("req-before"))
        first.close()
        let path = "\(folder)/conductor.changes"
        let descriptor = open(path, O_WRONLY | O_APPEND)
        let torn = Array(#"{"t":1700000000000000,"us":5000,"d":"conductor","r":"req-torn","k":"requ"#.utf8)
        #expect(torn.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == torn.count)
        close(descriptor)
        #expect(told("req-torn").isEmpty)

        let second = try recorder()
        second.record(event("req-after"))
        second.close()
        #expect(told("req-before").count == 1)
        #expect(told("req-torn").isEmpty)
        #expect(told("req-after").count == 1)
        #expect(StoryReader.oldest(folder: folder, daemon: "conductor")?.event.requestID == "req-before")
    }

    @Test func manyWritersLoseNothingWhileThereIsRoom() async throws {
        defer { remove() }
        let recorder = try recorder(limit: 8 << 20)
        defer { recorder.close() }
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask { for number in 0..<400 { recorder.record(event("req-w\(writer)-\(number)")) } }
            }
        }
        recorder.flush()
        for writer in 0..<8 {
            #expect((0..<400).allSatisfy { told("req-w\(writer)-\($0)").count == 1 })
        }
    }

    @Test func twoProcessesMayShareARingThatOneOfThemTurns() throws {
        defer { remove() }
        let one = try recorder(limit: 32 << 10)
        let other = try recorder(limit: 32 << 10)
        defer {
            one.close()
            other.close()
        }
        for number in 0..<200 { one.record(event("req-one-\(number)")) }
        one.flush()
        other.record(event("req-other"))
        other.flush()
        #expect(told("req-other").count == 1)
    }

    @Test func aFullBufferDropsAndNeverWaits() throws {
        defer { remove() }
        let recorder = try recorder(limit: 16 << 20)
        defer { recorder.close() }
        let start = ContinuousClock.now
        for number in 0..<100_000 { recorder.record(event("req-\(number)")) }
        #expect(ContinuousClock.now - start < .seconds(5))
        recorder.flush()
        #expect(told("req-0").count == 1)
    }

    @Test func withoutAFolderNothingIsKeptAndTheFirstUseSaysWhy() {
        let recorder = StoryRecorder()
        recorder.record(event("req-nothing"))
        recorder.flush()
        #expect(recorder.answer(id: "req-nothing") == nil)
        #expect(throws: ServiceError.self) {
            try recorder.open(folder: "/proc/no/such/folder", limit: 1 << 20, source: source)
        }
    }
}
