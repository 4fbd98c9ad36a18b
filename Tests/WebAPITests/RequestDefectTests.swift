import Core
import HTTPTypes
import NIOCore
import Testing

@testable import WebAPI

extension OnAPort {
    /// What is no request is answered in the service's own format, with a request id, and ends the connection.
    @Suite(.serialized)
    struct RequestDefectTests {
        private static let show = Operation(.get, "/file", auth: .none) { _ in .text("here") }
        private static let create = Operation(.post, "/file", success: .created, auth: .none) { request in
            let size = try await request.bodyStream.collect(upTo: 10).readableBytes
            return .json(["size": .integer(Int64(size))])
        }

        /// Sends `text`, and no more, and reads all there is until the service closes.
        private func answer(
            to text: String, faults: any FaultStyle = .nova, endsSending: Bool = false
        ) async throws -> String {
            let options = APIServerOptions(port: 0, maxHeader: 4096, requestTimeout: .seconds(1))
            let (answers, answer) = AsyncStream<String>.makeStream()
            try await withServer([Self.show, Self.create], options: options, faults: faults) { port, _ in
                let socket = try PlainSocket(port: port)
                try socket.send(text)
                if endsSending { socket.endSending() }
                answer.yield(try socket.receive(until: "never said"))
            }
            for await text in answers { return text }
            return ""
        }

        @Test(arguments: [
            "\u{0}\u{1}\u{2} nonsense\r\n\r\n",
            "XYZZY /v2/file HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /v2/file HTTP/9.9\r\nHost: a\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /v2/file HTTP/1.1\r\nHost: a\r\nX-Space : b\r\n\r\n",
            "GET /v2/file HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "POST /v2/file HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
            "POST /v2/file HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST /v2/file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        ])
        func noiseIsAnsweredInTheServicesOwnFormat(text: String) async throws {
            let answer = try await answer(to: text)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
            #expect(answer.contains("X-Openstack-Request-Id: req-"), "\(answer)")
            #expect(answer.contains("{\"badRequest\":{\"code\":400,\"message\":\""), "\(answer)")
        }

        @Test func aHeaderBeyondTheLimitIs431() async throws {
            let large = String(repeating: "x", count: 20_000)
            let inField = "GET /v2/file HTTP/1.1\r\nX-Big: \(large)\r\n\r\n"
            for text in [inField, "GET /v2/file?\(large) HTTP/1.1\r\n\r\n"] {
                let answer = try await answer(to: text, faults: .keystone)
                #expect(answer.hasPrefix("HTTP/1.1 431 "), "\(answer)")
                #expect(answer.contains("{\"error\":{\"code\":431,"), "\(answer)")
            }
        }

        @Test(arguments: ["GET /v2/fi", "GET /v2/file HTTP/1.1\r\nHost: a\r\n"])
        func aRequestThatEndsInItsHeadIsAnswered(text: String) async throws {
            let answer = try await answer(to: text, faults: .neutron, endsSending: true)
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
            #expect(answer.contains("{\"NeutronError\":{\"type\":\"HTTPBadRequest\""), "\(answer)")
        }

        @Test func aConnectionThatSaysNothingIsNotAnswered() async throws {
            let answer = try await answer(to: "", endsSending: true)
            #expect(answer.isEmpty, "\(answer)")
        }

        /// The answers come in the requests' order, and what follows the defect is not looked at.
        @Test func earlierRequestsAreAnsweredFirst() async throws {
            let good = "GET /v2/file HTTP/1.1\r\nHost: a\r\n\r\n"
            let answer = try await answer(to: good + good + "nonsense\r\n\r\n" + good)
            let statuses = answer.split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
            #expect(statuses == [200, 200, 400], "\(answer)")
        }

        /// The rest of a body nobody could read is not taken for a second answer's cause.
        @Test(arguments: ["zz\r\nx\r\n", "-1\r\n\r\n", "5\r\nab\r\n0\r\n\r\n"])
        func malformedChunksAreAnsweredOnce(chunks: String) async throws {
            for path in ["file", "nowhere"] {
                let answer = try await answer(
                    to: "POST /v2/\(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)",
                    endsSending: true)
                #expect(answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
                #expect(answer.split(separator: "HTTP/1.1 ").count == 1, "\(answer)")
            }
        }

        /// No client can name the scheme that stands for a defect.
        @Test func aDefectCannotBeAskedFor() async throws {
            let answer = try await answer(
                to: "GET defect://a/headTooSlow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(answer)")
        }
    }
}
