import Core
import NIOCore

/// The receiving end of one upload: file, digests and inspector together.
///
/// Digests take longer than all the rest, and the two of them are as slow as one another: each has its own thread.
final class DataSink: @unchecked Sendable {
    // Unchecked: only the task that runs the upload uses it, one call after another, and of what a call shares between
    // two threads each has its own part.
    private let file: FileHandle
    private let checksum: Locked<DataHasher?>
    private var hasher = DataHasher(withChecksum: false)
    private var signed: DataHasher?
    private var inspector: ContentInspector?
    private let limit: Int64
    private let pool: BlockingPool

    init(_ file: FileHandle, inspects: Bool, signedHash: String?, limit: Int64, pool: BlockingPool) {
        self.file = file
        checksum = Locked(DataHasher(algorithm: "md5", withChecksum: false))
        signed = signedHash.flatMap { DataHasher(algorithm: $0, withChecksum: false) }
        inspector = inspects ? ContentInspector() : nil
        self.limit = limit
        self.pool = pool
    }

    /// - Throws: `.tooLarge` past the limit, `InspectionFailure` for what must be refused.
    func take(_ chunks: [ByteBuffer]) async throws {
        if chunks.isEmpty { return }
        let pool = pool
        async let summed: Void = pool.run { [checksum] in
            checksum.withLock { hasher in for chunk in chunks { hasher?.update(chunk) } }
        }
        try await pool.run { try self.store(chunks) }
        try await summed
    }

    private func store(_ chunks: [ByteBuffer]) throws {
        for chunk in chunks {
            guard hasher.size + Int64(chunk.readableBytes) <= limit else {
                throw ServiceError(.tooLarge, "The incoming image is too large: the limit is \(limit) bytes.")
            }
            try inspector?.feed(chunk.readableBytesView)
            try chunk.withUnsafeReadableBytes { try file.write($0) }
            hasher.update(chunk)
            signed?.update(chunk)
        }
    }

    func finish() throws -> Received {
        let inspected = try inspector?.finish()
        try file.finish()
        file.close()
        return Received(
            size: hasher.size, checksum: checksum.withLock { $0?.hash } ?? "", hash: hasher.hash, inspected: inspected,
            signedDigest: signed?.hash)
    }

    func close() { file.close() }
}

/// Pieces of a stream, gathered so that there are fewer hops between threads, and never copied.
struct ChunkBatch: Sendable {
    /// Little in many pieces can take as much memory as much in few: each holds the buffer it was read into.
    private static let maxBytes = 128 << 10
    private static let maxChunks = 16

    private var chunks: [ByteBuffer] = []
    private var bytes = 0

    var isFull: Bool { bytes >= Self.maxBytes || chunks.count >= Self.maxChunks }

    mutating func append(_ chunk: ByteBuffer) {
        chunks.append(chunk)
        bytes += chunk.readableBytes
    }

    mutating func takeAll() -> [ByteBuffer] {
        defer { self = ChunkBatch() }
        return chunks
    }
}
