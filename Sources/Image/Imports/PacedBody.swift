import AsyncHTTPClient
import Core
import NIOCore

/// The bytes of a web server's answer, for as long as it keeps a pace: one that drips keeps nobody waiting for days.
struct PacedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let body: HTTPClientResponse.Body

    init(_ body: HTTPClientResponse.Body) { self.body = body }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: body.makeAsyncIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var body: HTTPClientResponse.Body.AsyncIterator
        private var pace = Pace()

        fileprivate init(body: HTTPClientResponse.Body.AsyncIterator) { self.body = body }

        mutating func next() async throws -> ByteBuffer? {
            let start = ContinuousClock.now
            let chunk = try await body.next()
            try pace.note(waited: ContinuousClock.now - start, bytes: chunk?.readableBytes ?? 0)
            return chunk
        }
    }
}

/// Whether a server sends fast enough. Only the time in which it is waited for counts: whoever reads may be slow.
struct Pace: Sendable {
    private static let grace: Duration = .seconds(120)
    private static let bytesPerSecond: Int64 = 64 << 10

    private var waited: Duration = .zero
    private var received: Int64 = 0

    /// - Throws: `.badGateway` for one that is too slow.
    mutating func note(waited time: Duration, bytes: Int) throws {
        waited += time
        received += Int64(bytes)
        guard waited > Self.grace else { return }
        guard received >= (waited - Self.grace).components.seconds * Self.bytesPerSecond else {
            throw ServiceError(.badGateway, "The import's server sends too slowly.")
        }
    }
}
