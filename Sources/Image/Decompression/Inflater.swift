import CZlib
import Core

/// Decompresses one stream, piece by piece: never more than a piece at a time, whatever the data would grow to.
///
/// Used by one task at a time, on threads that may be busy for a while.
final class Inflater: @unchecked Sendable {
    // Unchecked: its user waits for one call before it makes the next.
    enum Kind: Sendable {
        case gzip, deflate
        /// Bytes as they are.
        case stored
    }

    /// Bytes that one step gives at most.
    static let piece = 1 << 20

    private let stream: OpaquePointer
    private let kind: Kind
    private var input: ArraySlice<UInt8> = []
    private var isAtEnd = false
    /// Of what came out so far.
    private(set) var checksum: UInt32 = 0
    private(set) var size: Int64 = 0

    init(_ kind: Kind) throws {
        guard let stream = apus_inflate_new(kind == .gzip ? 1 : 0) else {
            throw ServiceError(.unavailable, "There is no memory to decompress an image.")
        }
        self.stream = stream
        self.kind = kind
    }

    deinit { apus_inflate_free(stream) }

    /// What is to be decompressed next; only when `step` has given all of what came before.
    func give(_ bytes: [UInt8]) { input = bytes[...] }

    /// - Returns: the next piece; empty when more input is needed.
    /// - Throws: `.badRequest` for data that are not valid.
    func step() throws -> [UInt8] {
        while true {
            if isAtEnd, try !startNext() { return [] }
            let before = input.count
            let bytes = try inflate()
            if !bytes.isEmpty { return bytes }
            if isAtEnd { continue }
            if input.isEmpty { return [] }
            guard input.count < before else { throw Self.invalid }
        }
    }

    /// - Throws: `.badRequest` when the input ends before the stream does.
    func finish() throws { guard isAtEnd || kind == .stored else { throw Self.invalid } }

    /// After a stream's end only zeros may come, or, for gzip, one more of its kind.
    private func startNext() throws -> Bool {
        input = input.drop { $0 == 0 }
        if input.isEmpty { return false }
        guard kind == .gzip, apus_inflate_reset(stream) == 0 else { throw Self.invalid }
        isAtEnd = false
        return true
    }

    private func inflate() throws -> [UInt8] {
        let bytes = kind == .stored ? Array(input) : try decompress()
        if kind == .stored { input = [] }
        checksum = bytes.withUnsafeBufferPointer { apus_crc32(checksum, $0.baseAddress, $0.count) }
        size += Int64(bytes.count)
        return bytes
    }

    private func decompress() throws -> [UInt8] {
        var result: Int32 = 0
        var taken = input.count
        let bytes = input.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: Self.piece) { output, count in
                count = Self.piece
                result = apus_inflate_step(stream, input.baseAddress, &taken, output.baseAddress, &count)
            }
        }
        input = input.dropFirst(taken)
        guard result >= 0 else { throw Self.invalid }
        isAtEnd = result == 1
        return bytes
    }

    static let invalid = ServiceError(.badRequest, "The image's compressed data is not valid.")
}
