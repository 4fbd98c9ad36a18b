import Core
package import NIOCore
package import WebAPI

/// Stored data, open for reading: it stays readable when the image is deleted meanwhile.
package struct StoredFile: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    private let handle: FileHandle
    package let size: Int64
    private let pool: BlockingPool
    private let range: Range<Int64>

    init(handle: FileHandle, size: Int64, pool: BlockingPool, range: Range<Int64>? = nil) {
        self.handle = handle
        self.size = size
        self.pool = pool
        self.range = range ?? 0..<size
    }

    /// What the data is, from all of it.
    package func inspect() async throws -> InspectedImage {
        var inspector = ContentInspector()
        for try await chunk in self { try inspector.feed(chunk.readableBytesView) }
        return try inspector.finish()
    }

    /// Only these bytes.
    package func only(_ range: Range<Int64>) -> StoredFile {
        StoredFile(handle: handle, size: size, pool: pool, range: range)
    }

    /// Sends the bytes: from the kernel's cache where the connection can, so that neither memory nor time is spent here.
    package func send(to sink: ResponseBodySink) async throws {
        guard sink.takesFiles else {
            for try await chunk in self { try await sink.write(chunk) }
            return
        }
        var start = range.lowerBound
        while start < range.upperBound {
            let piece = start..<Swift.min(start + Self.sentAtOnce, range.upperBound)
            let handle = handle
            try await pool.run { try handle.load(piece) }
            try await handle.withDescriptor { try await sink.write(file: $0, range: piece) }
            start = piece.upperBound
        }
    }

    private static let sentAtOnce: Int64 = 4 << 20

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle, pool: pool, range: range) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let handle: FileHandle
        fileprivate let pool: BlockingPool
        fileprivate var range: Range<Int64>

        package mutating func next() async throws -> ByteBuffer? {
            guard !range.isEmpty else { return nil }
            let offset = range.lowerBound
            let count = Int(Swift.min(Int64(256 << 10), range.upperBound - offset))
            let handle = handle
            let chunk = try await pool.run {
                var chunk = ByteBufferAllocator().buffer(capacity: count)
                try chunk.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { free in
                    try handle.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: free[..<count]))
                }
                return chunk
            }
            guard chunk.readableBytes > 0 else {
                throw ServiceError(.internal, "The image's data ended early.", detail: "at byte \(offset)")
            }
            range = (offset + Int64(chunk.readableBytes))..<range.upperBound
            return chunk
        }
    }
}
