import Core
import Testing

@testable import Messaging

struct ConfirmWindowTests {
    @Test func oneConfirmationMayEndSeveral() {
        var window = ConfirmWindow<String>()
        for item in ["a", "b", "c", "d"] { window.add(item) }
        #expect(window.end(2, multiple: false) == ["b"])
        #expect(window.end(3, multiple: true) == ["a", "c"])
        #expect(window.end(3, multiple: true) == [])
        #expect(window.count == 1)
        #expect(window.endAll() == ["d"])
    }

    @Test func aNewChannelCountsFromOne() {
        var window = ConfirmWindow<Int>()
        window.add(1)
        _ = window.endAll()
        window.add(2)
        #expect(window.end(1, multiple: false) == [2])
    }

    @Test func pausesGrowToABound() {
        var pause = ReconnectPause()
        let pauses = (0..<10).map { _ in pause.next(1) }
        #expect(pauses.first == .milliseconds(100))
        #expect(pauses.last == .seconds(5))
        #expect(pauses == pauses.sorted())
    }
}

struct MessagingURLTests {
    @Test func aURLNamesEveryPart() throws {
        let options = try MessagingOptions(url: "amqps://nova:p%40ss@[::1]:5555/%2Fcloud")
        #expect(options.usesTLS && options.host == "::1" && options.port == 5555)
        #expect(options.user == "nova" && options.password.reveal() == "p@ss" && options.virtualHost == "/cloud")
        let short = try MessagingOptions(url: "amqp://rabbit")
        #expect(short.host == "rabbit" && short.port == 5672 && short.virtualHost == "/")
        #expect(throws: ServiceError.self) { try MessagingOptions(url: "http://x") }
    }
}
