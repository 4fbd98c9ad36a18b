package import Core
import FoundationEssentials
package import HTTPTypes
import HummingbirdCore
package import Logging
import NIOCore

/// An API answered in this process, without a socket, by the dispatcher that the server uses: for tests.
package struct LocalAPI: Sendable {
    package let description: APIDescription
    private let dispatcher: Dispatcher

    package init(
        _ description: APIDescription, authenticator: any Authenticator, policy: PolicyEngine,
        options: APIServerOptions = APIServerOptions(), ids: IDGenerator = .random, clock: WallClock = .system,
        logger: Logger
    ) {
        self.description = description
        dispatcher = Dispatcher(
            description: description, authenticator: authenticator, policy: policy, options: options, ids: ids,
            clock: clock, logger: logger)
    }

    package struct Answer: Sendable {
        package let status: Int
        package let headers: HTTPFields
        package let body: [UInt8]
        /// The name of the operation that answered; `none` when no route fitted.
        package let operation: String
        /// What went wrong, with its chain.
        package let error: (any Error)?
    }

    /// - Parameter cost: is charged with what the request needs.
    package func send(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: [UInt8] = [],
        cost: RequestCost = RequestCost()
    ) async throws -> Answer {
        var headers = headers
        if !body.isEmpty { headers[.contentLength] = String(body.count) }
        let exchange = Exchange(
            method: method, target: target, headers: headers, body: ByteBuffer(bytes: body), cost: cost)
        let outcome = await dispatcher.respond(to: exchange)
        let writer = BodyCollector()
        try await outcome.body.write(writer)
        return Answer(
            status: outcome.head.status.code, headers: outcome.head.headerFields,
            body: Array(writer.collected.buffer.readableBytesView), operation: outcome.operation, error: outcome.error)
    }
}

/// Keeps what a response body writes.
private struct BodyCollector: ResponseBodyWriter {
    final class Collected {
        var buffer = ByteBuffer()
    }

    let collected = Collected()

    mutating func write(_ buffer: ByteBuffer) async throws {
        var buffer = buffer
        collected.buffer.writeBuffer(&buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
