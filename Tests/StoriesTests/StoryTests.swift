import Core
import FoundationEssentials
import Testing

@testable import Stories

struct RequestStoryTests {
    private let start = Date(timeIntervalSince1970: 1_790_000_000)
    private let parent = "req-11111111-1111-4111-8111-111111111111"
    private let child = "req-22222222-2222-4222-8222-222222222222"

    private func told(
        _ daemon: String, _ kind: StoryEvent.Kind, after milliseconds: Int, took: Int, request: String,
        global: String? = nil, verb: String = "POST", name: String, peer: String? = nil
    ) throws -> ToldEvent {
        var context = RequestContext(requestID: request, globalRequestID: global)
        context.userID = UserID("u1")
        let event = StoryEvent(
            kind, context, verb: verb, name: name, outcome: "202",
            endedAt: start.addingTimeInterval(Double(milliseconds + took) / 1000), took: .milliseconds(took), peer: peer
        )
        let recorder = StoryRecorder()
        let folder = "/tmp/apus-story-\(IDGenerator.random.hex())"
        try recorder.open(folder: folder, limit: 1 << 20, source: StorySource(daemon: daemon, host: "one", process: 9))
        recorder.record(event)
        recorder.close()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let line = try #require(StoryReader.lines(folder: folder, daemon: daemon, id: global ?? request).first)
        return try #require(ToldEvent(line: line))
    }

    @Test func whatARequestCausedElsewhereIsToldInOrderOfTime() throws {
        let memories = [
            DaemonMemory(
                daemon: "network",
                events: [
                    try told(
                        "network", .request, after: 30, took: 20, request: child, global: parent, name: "/v2.0/ports")
                ], oldest: nil, problem: nil),
            DaemonMemory(
                daemon: "compute-api",
                events: [try told("compute-api", .request, after: 0, took: 10, request: parent, name: "/v2.1/servers")],
                oldest: nil, problem: nil),
            DaemonMemory(
                daemon: "conductor",
                events: [
                    try told(
                        "conductor", .outgoing, after: 29, took: 25, request: parent, name: "/v2.0/ports",
                        peer: "network")
                ], oldest: nil, problem: "conductor does not answer: its files were read"),
        ]
        let story = RequestStory(request: parent, memories: memories, sagas: [])
        #expect(
            story.lines.map(\.what) == [
                "answered POST /v2.1/servers", "asked network: POST /v2.0/ports", "answered POST /v2.0/ports",
            ])
        let text = story.text(now: start.addingTimeInterval(60))
        #expect(text.contains("request \(parent): POST /v2.1/servers by user u1: 202"))
        #expect(text.contains("+29 ms  conductor@one[9]"))
        #expect(text.contains("  answered POST /v2.0/ports → 202 in 20 ms as \(child)"))
        #expect(text.contains("note: conductor: conductor does not answer: its files were read"))
    }
}
