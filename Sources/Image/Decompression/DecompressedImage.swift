import Core
import NIOCore

/// The bytes in a compressed file, decompressed as they are asked for.
struct DecompressedImage: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let source: StoredFile
    private let kind: Inflater.Kind
    private let member: ZipMember?
    private let pool: BlockingPool

    /// - Parameter pool: threads that do the work.
    /// - Returns: nil for a file that is not compressed in a way that is known: gzip, or zip with one file.
    /// - Throws: `.badRequest` for an archive that is not valid.
    init?(_ file: StoredFile, pool: BlockingPool) async throws {
        self.pool = pool
        var head: [UInt8] = []
        for try await chunk in file.only(0..<Swift.min(4, file.size)) { head += chunk.readableBytesView }
        if head.starts(with: [0x1F, 0x8B, 0x08]) {
            (source, kind, member) = (file, .gzip, nil)
        } else if head == Array("PK\u{3}\u{4}".utf8) {
            let found = try await ZipArchive(file).member()
            (source, kind, member) = (file.only(found.range), found.method == .stored ? .stored : .deflate, found)
        } else {
            return nil
        }
    }

    /// Bytes that will come, where the file says.
    var announced: Int64? { member?.size }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(source: source.makeAsyncIterator(), kind: kind, member: member, pool: pool)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var source: StoredFile.AsyncIterator
        fileprivate let kind: Inflater.Kind
        fileprivate let member: ZipMember?
        fileprivate let pool: BlockingPool
        private var inflater: Inflater?

        fileprivate init(
            source: StoredFile.AsyncIterator, kind: Inflater.Kind, member: ZipMember?, pool: BlockingPool
        ) {
            (self.source, self.kind, self.member, self.pool) = (source, kind, member, pool)
        }

        mutating func next() async throws -> ByteBuffer? {
            let inflater = try inflater ?? Inflater(kind)
            self.inflater = inflater
            while true {
                let bytes = try await pool.run { try inflater.step() }
                if !bytes.isEmpty {
                    guard inflater.size <= member?.size ?? .max else { throw Inflater.invalid }
                    return ByteBuffer(bytes: bytes)
                }
                guard let chunk = try await source.next() else {
                    try inflater.finish()
                    if let member, inflater.size != member.size || inflater.checksum != member.checksum {
                        throw Inflater.invalid
                    }
                    return nil
                }
                inflater.give(Array(chunk.readableBytesView))
            }
        }
    }
}
