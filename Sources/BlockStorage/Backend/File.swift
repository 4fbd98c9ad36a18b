import Core
import Glibc

/// Blocking file calls, run on a pool of threads; each may be repeated.
enum File {
    static func failure(_ what: String, _ path: String) -> ServiceError {
        let number = errno
        return ServiceError(
            .internal, "The storage backend failed.", detail: "\(what) \(path): \(String(cString: strerror(number)))")
    }

    /// Bytes; nil when there is no such file.
    static func size(_ path: String) throws -> Int? {
        var facts = stat()
        if stat(path, &facts) == 0 { return Int(facts.st_size) }
        if errno == ENOENT { return nil }
        throw failure("stat", path)
    }

    /// An empty file of zeros, in place of whatever was there.
    static func create(_ path: String, size: Int) throws {
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("open", path) }
        defer { close(file) }
        guard ftruncate(file, size) == 0 else { throw failure("ftruncate", path) }
    }

    /// Makes a file longer; never shorter.
    static func grow(_ path: String, to size: Int) throws {
        guard let current = try self.size(path) else {
            throw ServiceError(.internal, "The storage backend failed.", detail: "no file \(path)")
        }
        guard current < size else { return }
        guard truncate(path, size) == 0 else { throw failure("truncate", path) }
    }

    static func rename(_ from: String, _ to: String) throws {
        guard Glibc.rename(from, to) == 0 else { throw failure("rename", from) }
    }

    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("unlink", path) }
    }

    /// The first bytes of a file.
    static func head(_ path: String, _ count: Int) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw failure("open", path) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, count, 0) }
        guard got >= 0 else { throw failure("read", path) }
        return Array(bytes.prefix(got))
    }
}

/// A file that is written from its start, holes where zeros come; and read from its start.
///
/// Owned by one task at a time; each call runs on the pool.
final class SequentialFile: @unchecked Sendable {  // used by one task, one call after the other
    private let file: Int32
    private let path: String
    private(set) var position = 0

    init(writing path: String) throws {
        self.path = path
        file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw File.failure("open", path) }
    }

    init(reading path: String) throws {
        self.path = path
        file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw File.failure("open", path) }
    }

    deinit { close(file) }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        if bytes.allSatisfy({ $0 == 0 }) {
            position += bytes.count
            return
        }
        var done = 0
        while done < bytes.count {
            let count = pwrite(file, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(position + done))
            guard count > 0 else { throw File.failure("write", path) }
            done += count
        }
        position += bytes.count
    }

    /// Up to `count` bytes; none at the end.
    func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, count, off_t(position)) }
        guard got >= 0 else { throw File.failure("read", path) }
        position += got
        return got == count ? bytes : Array(bytes.prefix(got))
    }

    /// Gives the file its length, trailing hole included, and puts it on disk.
    func finish() throws {
        guard ftruncate(file, position) == 0 else { throw File.failure("ftruncate", path) }
        guard fsync(file) == 0 else { throw File.failure("fsync", path) }
    }
}
