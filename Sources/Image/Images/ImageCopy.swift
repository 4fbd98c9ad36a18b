import AsyncHTTPClient
import Core
import NIOCore

/// Reads an image's bytes to keep a copy of them: whoever reads the copy later takes it for the image.
struct ImageCopy: Sendable {
    private let image: Image
    private let content: ImageContent

    /// - Throws: `.conflict` for bytes that others keep, and that no hash tells from others.
    init(_ image: Image, of content: ImageContent) throws {
        if case .web = content,
            image.hashDigest == nil || image.hashAlgorithm.flatMap({ DataHasher(algorithm: $0) }) == nil
        {
            throw ServiceError(.conflict, "Image \(image.id) cannot be copied before its hash is known.")
        }
        self.image = image
        self.content = content
    }

    /// Gives the bytes to `consume`, which fails with `.conflict` at their end when they are not the image's.
    func read<Result: Sendable>(
        from web: WebFetcher, _ consume: @escaping @Sendable (CheckedChunks) async throws -> Result
    ) async throws -> Result {
        switch content {
        case .file(let file): try await consume(CheckedChunks(ChunkStream(file), image))
        case .web(let url, _): try await web.fetch(url) { try await consume(CheckedChunks(ChunkStream($0), image)) }
        }
    }
}

/// An image's bytes; an error in the place of their end, when they have not its size and its hash.
struct CheckedChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let chunks: ChunkStream
    private let image: Image

    init(_ chunks: ChunkStream, _ image: Image) {
        self.chunks = chunks
        self.image = image
    }

    func makeAsyncIterator() -> AsyncIterator {
        let hasher = image.hashDigest == nil ? nil : image.hashAlgorithm.flatMap { Self.hasher($0) }
        return AsyncIterator(chunks: chunks.makeAsyncIterator(), image: image, hasher: hasher)
    }

    private static func hasher(_ algorithm: String) -> DataHasher? {
        DataHasher(algorithm: algorithm, withChecksum: false)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var chunks: ChunkStream.AsyncIterator
        fileprivate let image: Image
        fileprivate var hasher: DataHasher?
        private var size: Int64 = 0

        fileprivate init(chunks: ChunkStream.AsyncIterator, image: Image, hasher: DataHasher?) {
            self.chunks = chunks
            self.image = image
            self.hasher = hasher
        }

        mutating func next() async throws -> ByteBuffer? {
            if let chunk = try await chunks.next() {
                size += Int64(chunk.readableBytes)
                hasher?.update(chunk)
                return chunk
            }
            guard size == image.size, hasher == nil || hasher?.hash == image.hashDigest else {
                throw ServiceError(.conflict, "The data read does not match the size or hash of image \(image.id).")
            }
            return nil
        }
    }
}
