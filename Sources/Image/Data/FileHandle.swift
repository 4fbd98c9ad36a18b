import Core
import Glibc

/// One open file. Used by one task at a time, on the store's own threads; closed when it goes.
final class FileHandle: @unchecked Sendable {
    // Unchecked: the descriptor never changes before `close`, and its users wait for one another.
    private var descriptor: Int32
    let path: String

    private init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close() }

    /// A new file, only ours to read; there must be none.
    static func create(_ path: String) throws -> FileHandle {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw failure("creating", path, errno) }
        return FileHandle(descriptor, path)
    }

    static func read(_ path: String) throws -> FileHandle {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw failure("opening", path, errno) }
        return FileHandle(descriptor, path)
    }

    /// Zeros become a hole: an image that is sparse stays so. `finish` gives the file its size then.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        if bytes.count >= Self.hole, isZero(bytes) {
            guard lseek(descriptor, off_t(bytes.count), SEEK_CUR) >= 0 else {
                throw FileHandle.failure("writing", path, errno)
            }
            return
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafeWrite(rest)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileHandle.failure("writing", path, errno)
            }
            rest = rest.dropFirst(count)
        }
    }

    private func unsafeWrite(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        let whole = UnsafeRawBufferPointer(rebasing: bytes)
        return Glibc.write(descriptor, whole.baseAddress, whole.count)
    }

    /// Up to `count` bytes at an offset; empty at the end.
    func read(at offset: Int64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// - Returns: how many bytes were read; 0 at the end.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw FileHandle.failure("reading", path, errno) }
        }
    }

    /// Lends the descriptor; the file must not be closed meanwhile.
    func withDescriptor(_ body: (Int32) async throws -> Void) async throws { try await body(descriptor) }

    /// Brings a range into the kernel's cache: who sends it from there must not wait for a disk.
    /// - Throws: `.internal` when the file is shorter.
    func load(_ range: Range<Int64>) throws {
        guard try size >= range.upperBound else {
            throw ServiceError(.internal, "The image's data ended early.", detail: path)
        }
        if try isLoaded(range) { return }
        try withUnsafeTemporaryAllocation(byteCount: Self.readSize, alignment: Self.page) { buffer in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let count = try read(at: offset, into: buffer)
                guard count > 0 else { return }
                offset += Int64(count)
            }
        }
    }

    private func isLoaded(_ range: Range<Int64>) throws -> Bool {
        let start = range.lowerBound & ~Int64(Self.page - 1)
        let length = Int(range.upperBound - start)
        // Mapped to ask about it, and never touched.
        let address = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, off_t(start))
        guard let address, address != MAP_FAILED else { throw FileHandle.failure("mapping", path, errno) }
        defer { munmap(address, length) }
        let pages = (length + Self.page - 1) / Self.page
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pages) { states in
            mincore(address, length, states.baseAddress) == 0 && states.allSatisfy { $0 & 1 != 0 }
        }
    }

    var size: Int64 {
        get throws {
            var info = stat()
            guard fstat(descriptor, &info) == 0 else { throw FileHandle.failure("looking at", path, errno) }
            return Int64(info.st_size)
        }
    }

    /// The least that is worth a hole: one block of a file system.
    private static let hole = 4096
    private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    private static let readSize = 64 << 10

    private func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, bytes[0] == 0 else { return false }
        return memcmp(start, start + 1, bytes.count - 1) == 0
    }

    /// Ends a file that was written, and flushes it.
    func finish() throws {
        let end = lseek(descriptor, 0, SEEK_CUR)
        guard end >= 0, ftruncate(descriptor, end) == 0 else { throw FileHandle.failure("writing", path, errno) }
        try synchronize()
    }

    func synchronize() throws {
        guard fsync(descriptor) == 0 else { throw FileHandle.failure("flushing", path, errno) }
    }

    func close() {
        guard descriptor >= 0 else { return }
        _ = Glibc.close(descriptor)
        descriptor = -1
    }

    static func failure(_ doing: String, _ path: String, _ number: Int32) -> ServiceError {
        let detail = "\(doing) \(path): \(String(cString: strerror(number)))"
        return switch number {
        case ENOENT: ServiceError(.notFound, "The image's data cannot be found.", detail: detail)
        case EEXIST: ServiceError(.conflict, "The image has data already.", detail: detail)
        case ENOSPC, EDQUOT, EFBIG: ServiceError(.tooLarge, "Image storage media is full.", detail: detail)
        case EACCES, EPERM, EROFS:
            ServiceError(.unavailable, "Insufficient permissions on image storage media.", detail: detail)
        default: ServiceError(.internal, "The image's data cannot be accessed.", detail: detail)
        }
    }
}
