import Core
import HummingbirdCore
public import NIOCore

/// A request's body as it arrives, readable once. Reading pulls from the connection, so a slow
/// reader slows the sender and memory stays bounded.
///
/// Ends with an error, never quietly, when the client sends fewer bytes than it announced, or more
/// than are allowed.
public struct RequestBodyStream: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    private let body: RequestBody
    private let expected: Int?
    private let limit: Int?
    private let willRead: @Sendable () async throws -> Void

    init(
        _ body: RequestBody, expected: Int?, limit: Int?, willRead: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.body = body
        self.expected = expected
        self.limit = limit
        self.willRead = willRead
    }

    /// Bytes already at hand, for tests.
    public init(_ buffer: ByteBuffer) {
        self.init(RequestBody(buffer: buffer), expected: nil, limit: nil)
    }

    /// The whole body, of at most `limit` bytes.
    public func collect(upTo limit: Int) async throws -> ByteBuffer {
        var result = ByteBuffer()
        if let expected, expected > limit { throw Self.tooLarge }
        for try await var part in self {
            guard result.readableBytes + part.readableBytes <= limit else { throw Self.tooLarge }
            result.writeBuffer(&part)
        }
        return result
    }

    static var tooLarge: ServiceError { ServiceError(.tooLarge, "Request is too large.") }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: nil, body: body, expected: expected, limit: limit, willRead: willRead)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private var base: RequestBody.AsyncIterator?
        private let body: RequestBody
        private let expected: Int?
        private let limit: Int?
        private let willRead: @Sendable () async throws -> Void
        private var received = 0
        private var isDone = false

        fileprivate init(
            base: RequestBody.AsyncIterator?, body: RequestBody, expected: Int?, limit: Int?,
            willRead: @escaping @Sendable () async throws -> Void
        ) {
            self.base = base
            self.body = body
            self.expected = expected
            self.limit = limit
            self.willRead = willRead
        }

        public mutating func next() async throws -> ByteBuffer? {
            if isDone { return nil }
            if base == nil {
                try await willRead()
                base = body.makeAsyncIterator()
            }
            guard let part = try await part() else {
                isDone = true
                if let expected, received < expected {
                    throw ServiceError(
                        .badRequest, "The request body ended after \(received) of \(expected) bytes.")
                }
                return nil
            }
            received += part.readableBytes
            if let limit, received > limit { throw RequestBodyStream.tooLarge }
            return part
        }

        /// What cannot be read, as malformed chunks, is the client's mistake.
        private mutating func part() async throws -> ByteBuffer? {
            do {
                return try await base?.next()
            } catch let error as CancellationError {
                throw error
            } catch let defect as RequestDefect {
                throw defect.fault
            } catch {
                throw ServiceError(.badRequest, "The request body cannot be read.", cause: error)
            }
        }
    }
}
