import Core
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import Testing

@testable import WebAPI

struct AccessLogTests {
    private final class Lines: Sendable {
        let all = Locked<[(message: String, fields: [LogField])]>([])
    }

    /// Keeps what it is given.
    private struct Keeper: FieldLogHandler {
        let lines: Lines
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { LogField($0.key, "\($0.value)") }
            lines.all.withLock { $0.append((event.message.description, fields)) }
        }

        func log(level: Logger.Level, message: StaticString, fields: [LogField]) {
            lines.all.withLock { $0.append((message.description, fields)) }
        }
    }

    private func line(
        target: String, status: HTTPResponse.Status = .ok, error: (any Error)? = nil, failure: (any Error)? = nil
    ) throws -> (message: String, fields: [LogField]) {
        let lines = Lines()
        var context = RequestContext(
            requestID: "req-1", globalRequestID: "req-2", userID: UserID("u"), projectID: ProjectID("p"))
        context.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
        context.remoteAddress = "192.0.2.1"
        let cost = RequestCost()
        cost.countQuery("SELECT 1")
        cost.countCall("GET image")
        let outcome = Outcome(
            head: HTTPResponse(status: status, headerFields: [.contentLength: "2"]), body: .init(), context: context,
            operation: "GET /x", version: "2.1", error: error)
        AccessLog(Logger(label: "test") { _ in Keeper(lines: lines) }).write(
            Exchange(method: .get, target: target, cost: cost), outcome, .milliseconds(3), failure: failure)
        return try #require(lines.all.withLock { $0.first })
    }

    @Test func aLineSaysWhoAskedWhatAndHowItEndedInTheOrderOfItsKeys() throws {
        let line = try line(target: "/v2.1/x", failure: ServiceError(.timeout, "gone"))
        #expect(line.message == "Request")
        #expect(line.fields.map(\.key) == line.fields.map(\.key).sorted())
        let values = Dictionary(line.fields.map { ($0.key, $0.value) }) { _, last in last }
        #expect(values[LogKey.requestID] == "req-1")
        #expect(values[LogKey.globalRequestID] == "req-2")
        #expect(values[LogKey.userID] == "u")
        #expect(values[LogKey.projectID] == "p")
        #expect(values[LogKey.traceID] == "0af7651916cd43dd8448eb211c80319c")
        #expect(values[LogKey.status] == "200")
        #expect(values[LogKey.milliseconds] == "3")
        #expect(values[LogKey.queries] == "1")
        #expect(values[LogKey.calls] == "1")
        #expect(values["client"] == "192.0.2.1")
        #expect(values["bytes"] == "2")
        #expect(values["microversion"] == "2.1")
        #expect(values["interrupted"]?.contains("gone") == true)
        #expect(values[LogKey.error] == nil)
    }

    @Test func aServicesOwnErrorIsToldWithItsChainAndAQueryWithoutItsToken() throws {
        let line = try line(
            target: "/v2.1/x?token=secret&a=b", status: .internalServerError, error: ServiceError(.internal, "broken"))
        #expect(line.message == "Request failed")
        let values = Dictionary(line.fields.map { ($0.key, $0.value) }) { _, last in last }
        #expect(values[LogKey.error]?.contains("broken") == true)
        #expect(values[LogKey.path] == "/v2.1/x?token=***&a=b")
    }
}
