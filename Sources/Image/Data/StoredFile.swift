import Core
package import NIOCore

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
        for try await chunk in self { try inspector.feed(Array(chunk.readableBytesView)[...]) }
        return try inspector.finish()
    }

    /// Only these bytes.
    package func only(_ range: Range<Int64>) -> StoredFile {
        StoredFile(handle: handle, size: size, pool: pool, range: range)
    }

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
            let bytes = try await pool.run { try handle.read(at: offset, count: count) }
            guard !bytes.isEmpty else {
                throw ServiceError(.internal, "The image's data ended early.", detail: "at byte \(offset)")
            }
            range = (offset + Int64(bytes.count))..<range.upperBound
            return ByteBuffer(bytes: bytes)
        }
    }
}
