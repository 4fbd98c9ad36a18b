import Core
import NIOCore

/// The only file in a zip archive (PKWARE's APPNOTE 6.3).
struct ZipMember: Sendable, Hashable {
    enum Method: Sendable { case stored, deflated }

    let method: Method
    /// Where its data is in the archive.
    let range: Range<Int64>
    let size: Int64
    let checksum: UInt32
}

/// Reads as much of an archive as tells where its file is: the end, the directory, one header.
struct ZipArchive: Sendable {
    private let file: StoredFile

    init(_ file: StoredFile) { self.file = file }

    /// What a directory with one entry can have: names, extra fields and comments have at most 64 KiB each.
    private static let directoryLimit: Int64 = 200 << 10

    /// - Throws: `.badRequest` for an archive that is not valid, is encrypted, or has not exactly one file.
    func member() async throws -> ZipMember {
        let directory = try await self.directory()
        guard directory.count == 1 else {
            throw ServiceError(.badRequest, "The archive has \(directory.count) files; only one can be an image.")
        }
        guard directory.size >= 46, directory.size <= Self.directoryLimit else { throw Inflater.invalid }
        let entry = ByteReader(try await bytes(directory.offset, directory.size))
        guard entry.starts(with: "PK\u{1}\u{2}"), let flags = entry.little(8, 2), let method = entry.little(10, 2),
            let checksum = entry.little(16, 4), let sizes = Sizes(entry), let name = entry.little(28, 2),
            let last = entry.little(45 + Int(name), 1), name > 0
        else { throw Inflater.invalid }
        guard flags & 1 == 0, method == 0 || method == 8, last != 0x2F else {
            throw ServiceError(.badRequest, "The archive's file is a folder, encrypted or compressed in another way.")
        }
        // The file's own header can have other extra fields than the directory says.
        let header = ByteReader(try await bytes(sizes.offset, 30))
        guard header.starts(with: "PK\u{3}\u{4}"), let nameLength = header.little(26, 2),
            let extraLength = header.little(28, 2)
        else { throw Inflater.invalid }
        let start = sizes.offset + 30 + Int64(nameLength + extraLength)
        guard start <= directory.offset, sizes.compressed <= directory.offset - start else { throw Inflater.invalid }
        return ZipMember(
            method: method == 0 ? .stored : .deflated, range: start..<(start + sizes.compressed), size: sizes.whole,
            checksum: UInt32(checksum))
    }

    private func directory() async throws -> (count: UInt64, offset: Int64, size: Int64) {
        // A record of 22 bytes, and a comment.
        let length = min(file.size, 22 + 65_535)
        let tail = ByteReader(try await bytes(file.size - length, length))
        let end = stride(from: tail.count - 22, through: 0, by: -1).first { offset in
            tail.starts(with: "PK\u{5}\u{6}", at: offset)
                && tail.little(offset + 20, 2).map { Int($0) == tail.count - offset - 22 } == true
        }
        guard let end, let count = tail.little(end + 10, 2), let size = tail.little(end + 12, 4),
            let offset = tail.little(end + 16, 4)
        else { throw Inflater.invalid }
        guard count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF else {
            return (count, Int64(offset), Int64(size))
        }
        // Larger archives have a second record, and before this one where that is.
        guard tail.starts(with: "PK\u{6}\u{7}", at: end - 20),
            let place = tail.little(end - 12, 8).flatMap({ Int64(exactly: $0) })
        else { throw Inflater.invalid }
        let record = ByteReader(try await bytes(place, 56))
        guard record.starts(with: "PK\u{6}\u{6}"), let count = record.little(32, 8),
            let size = record.little(40, 8).flatMap({ Int64(exactly: $0) }),
            let offset = record.little(48, 8).flatMap({ Int64(exactly: $0) })
        else { throw Inflater.invalid }
        return (count, offset, size)
    }

    private func bytes(_ offset: Int64, _ length: Int64) async throws -> [UInt8] {
        guard offset >= 0, length >= 0, offset <= file.size, length <= file.size - offset else {
            throw Inflater.invalid
        }
        var bytes: [UInt8] = []
        for try await chunk in file.only(offset..<(offset + length)) { bytes += chunk.readableBytesView }
        return bytes
    }
}

/// A directory entry's three numbers; those that do not fit are in an extra field.
private struct Sizes {
    var whole: Int64
    var compressed: Int64
    var offset: Int64

    init?(_ entry: ByteReader) {
        guard let compressed = entry.little(20, 4), let whole = entry.little(24, 4), let offset = entry.little(42, 4),
            let name = entry.little(28, 2), let extra = entry.little(30, 2)
        else { return nil }
        var numbers = [whole, compressed, offset]
        let missing = numbers.indices.filter { numbers[$0] == 0xFFFF_FFFF }
        if !missing.isEmpty {
            var place = 46 + Int(name)
            let end = place + Int(extra)
            while let id = entry.little(place, 2), let length = entry.little(place + 2, 2), place < end, id != 1 {
                place += 4 + Int(length)
            }
            guard place < end else { return nil }
            for (index, number) in missing.enumerated() {
                guard let value = entry.little(place + 4 + index * 8, 8) else { return nil }
                numbers[number] = value
            }
        }
        let fitting = numbers.compactMap { Int64(exactly: $0) }
        guard fitting.count == 3 else { return nil }
        (self.whole, self.compressed, self.offset) = (fitting[0], fitting[1], fitting[2])
    }
}
