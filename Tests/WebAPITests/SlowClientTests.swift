import Core
import HTTPTypes
import NIOCore
import Testing

@testable import WebAPI

extension OnAPort {
    /// Clients that take their time, on a real port and with short limits.
    @Suite(.serialized)
    struct SlowClientTests {
        private static let create = Operation(.post, "/file", success: .created, auth: .none) { _ in .empty() }
        private static let options = APIServerOptions(
            port: 0, idleTimeout: .seconds(1), requestTimeout: .milliseconds(300))

        /// The idle timeout began anew with each byte of a body, so one byte a minute held a connection for months.
        @Test(arguments: [
            ("GET /v2/file HTTP/1.1\r\nX-Slow: ", "header"),
            ("POST /v2/file HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n", "body"),
            ("POST /v2/file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n", "body"),
        ])
        func aClientThatSendsAByteNowAndThenIsTurnedAway(start: String, what: String) async throws {
            try await withServer([Self.create], options: Self.options, faults: .nova) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send(start)
                let answer = try #require(try socket.drip("1", every: 20_000, limit: .seconds(8)))
                #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"), "\(answer)")
                #expect(answer.contains("\"message\":\"The request"), "\(answer)")
                #expect(answer.contains("\(what) did not arrive in time."), "\(answer)")
            }
        }

        @Test func aConnectionThatSaysNothingIsClosed() async throws {
            try await withServer([Self.create], options: Self.options) { port, _ in
                let answer = try PlainSocket(port: port).receive(until: "never said")
                #expect(answer.isEmpty, "\(answer)")
            }
        }

        /// With `Connection: close` answered, a client that stays was kept for the idle timeout.
        @Test func aClientThatDoesNotCloseIsClosed() async throws {
            let options = APIServerOptions(port: 0, requestTimeout: .milliseconds(300))
            try await withServer([Self.create], options: options) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send("POST /v2/file HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                let answer = try socket.receive(until: "never said")
                #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n"), "\(answer)")
                #expect(socket.isRefused(within: .seconds(8)))
            }
        }

        /// An answer that is not taken ended never: its handler stayed, and all it held.
        @Test func anAnswerThatIsNotTakenEnds() async throws {
            let (ends, end) = AsyncStream<Bool>.makeStream()
            let download = Operation(.get, "/data", auth: .none) { _ in
                .stream(contentType: "application/octet-stream", length: 100_000_000) { sink in
                    defer { end.yield(true) }
                    for _ in 0..<1000 { try await sink.write(ByteBuffer(repeating: 0x61, count: 100_000)) }
                }
            }
            try await withServer([download], options: Self.options) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send("GET /v2/data HTTP/1.1\r\nHost: a\r\n\r\n")
                let ended = await withTaskGroup(of: Bool.self) { group in
                    group.addTask {
                        for await _ in ends { return true }
                        return false
                    }
                    group.addTask {
                        do { try await ContinuousClock().sleep(for: .seconds(20)) } catch {}
                        return false
                    }
                    let first = await group.next() ?? false
                    group.cancelAll()
                    return first
                }
                #expect(ended)
            }
        }
    }
}
