import Core
import HTTPTypes
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import WebAPI

extension OnAPort {
    /// The server on a real port.
    @Suite(.serialized)
    struct ServerTests {
        @Test func aClientThatAsksIsToldToContinueAndTheConnectionIsKept() async throws {
            let upload = Operation(.put, "/file", success: .noContent, auth: .none, rawBody: true) { request in
                var count = 0
                for try await chunk in request.bodyStream { count += chunk.readableBytes }
                #expect(count == 5)
                return .empty()
            }
            let show = Operation(.get, "/file", auth: .none) { _ in .text("here") }
            try await withServer([upload, show]) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send("PUT /v2/file HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                #expect(try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue"))
                try socket.send("12345")
                #expect(try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 204 No Content"))
                try socket.send("GET /v2/file HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try socket.receive(until: "here").contains("Content-Length: 4"))
            }
        }

        /// Also after it has waited for something elsewhere.
        @Test func aRequestStaysOnItsConnectionsThread() async throws {
            let show = Operation(.get, "/file", auth: .none) { _ in
                let before = MultiThreadedEventLoopGroup.currentEventLoop
                await Task.detached { await Task.yield() }.value
                let after = MultiThreadedEventLoopGroup.currentEventLoop
                return .text(before != nil && before === after ? "same" : "other")
            }
            try await withServer([show]) { port, _ in
                let socket = try PlainSocket(port: port)
                for _ in 0..<3 {
                    try socket.send("GET /v2/file HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(try socket.receive(until: "\r\n\r\nsame").hasSuffix("same"))
                }
            }
        }

        /// An upload that is refused is refused before its body is asked for.
        @Test func aRefusedUploadIsNeverToldToContinue() async throws {
            let upload = Operation(.put, "/file", rawBody: true) { _ in .empty() }
            try await withServer([upload]) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send("PUT /v2/file HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                #expect(try socket.receive(until: "</html>").hasPrefix("HTTP/1.1 401 Unauthorized"))
            }
        }

        /// The parser's own error was answered with 500.
        @Test(arguments: ["zz\r\nx\r\n", "-1\r\n\r\n"])
        func aBodyOfMalformedChunksIsTheClientsMistake(chunks: String) async throws {
            let create = Operation(.post, "/file", auth: .none) { _ in .empty() }
            try await withServer([create]) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send("POST /v2/file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)")
                #expect(try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 400 Bad Request"))
            }
        }

        @Test(.timeLimit(.minutes(10))) func aServerStopsThoughAClientLeftInTheMiddleOfItsBody() async throws {
            let upload = Operation(.put, "/file", success: .noContent, auth: .none, rawBody: true) { request in
                for try await _ in request.bodyStream {}
                return .empty()
            }
            try await withServer([upload]) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send("PUT /v2/file HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                #expect(try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue"))
                try socket.send("12")
            }
        }

        @Test func requestsInProgressFinishWhenTheServerStops() async throws {
            let (started, begun) = AsyncStream<Void>.makeStream()
            let (released, release) = AsyncStream<Void>.makeStream()
            let slow = Operation(.get, "/slow", auth: .none) { _ in
                begun.yield()
                for await _ in released { break }
                return .text("done")
            }
            try await withServer([slow]) { port, group in
                let socket = try PlainSocket(port: port)
                try socket.send("GET /v2/slow HTTP/1.1\r\nHost: a\r\n\r\n")
                for await _ in started { break }
                await group.triggerGracefulShutdown()
                release.yield()
                #expect(try socket.receive(until: "done").contains("200 OK"))
            }
        }

        @Test func aStreamedAnswerArrivesWhole() async throws {
            let download = Operation(.get, "/data", auth: .none) { _ in
                .stream(contentType: "application/octet-stream", length: 3_000_000) { sink in
                    for _ in 0..<30 { try await sink.write(ByteBuffer(repeating: 0x61, count: 100_000)) }
                }
            }
            try await withServer([download]) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send("GET /v2/data HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                let answer = try socket.receive(until: "never")
                #expect(answer.utf8.count { $0 == 0x61 } >= 3_000_000)
            }
        }

        /// More of the file than a socket takes at once; and the file is still the owner's afterwards.
        @Test func rangesOfAFileArriveInTheirTurn() async throws {
            let size = 9_000_000
            let file = try TemporaryFile([UInt8](repeating: 0x61, count: size - 1) + [0x62])
            let download = Operation(.get, "/data", auth: .none) { _ in
                .stream(contentType: "application/octet-stream", length: size + 4) { sink in
                    #expect(sink.takesFiles)
                    try await sink.write(ByteBuffer(string: "<"))
                    try await sink.write(file: file.descriptor, range: 1..<Int64(size))
                    try await sink.write(ByteBuffer(string: ">"))
                    try await sink.write(file: file.descriptor, range: 0..<2)
                    try await sink.write(ByteBuffer(string: "."))
                }
            }
            try await withServer([download]) { port, _ in
                let socket = try PlainSocket(port: port)
                for _ in 0..<2 {
                    try socket.send("GET /v2/data HTTP/1.1\r\nHost: a\r\n\r\n")
                    let answer = try socket.receive(until: ">aa.")
                    let body = try #require(answer.firstRange(of: "\r\n\r\n")).upperBound
                    let count = answer[body...].utf8.count
                    #expect(count == size + 4)
                    #expect(answer.hasSuffix("ab>aa.") && answer[body...].hasPrefix("<aa"))
                }
            }
            #expect(try file.size == Int64(size))
        }
    }
}
