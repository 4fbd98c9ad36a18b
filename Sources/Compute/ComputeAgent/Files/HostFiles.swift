package import Core
package import Glibc

/// File operations of the agent, on threads of their own.
package struct HostFiles: Sendable {
    private let pool: BlockingPool

    package init(pool: BlockingPool = BlockingPool(name: "files", threads: 4, maxQueue: 256)) { self.pool = pool }

    package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await pool.run(body)
    }

    /// Makes a folder, and those above it.
    /// - Parameter mode: 0700 unless QEMU, which may run as another user, must reach files below by their names.
    package func makeFolder(_ path: String, mode: mode_t = 0o700) async throws {
        try await pool.run { try Self.makeFolder(path, mode) }
    }

    /// - Throws: when that cannot be told, so that nobody takes what a sick disk hides for missing.
    package func exists(_ path: String) async throws -> Bool {
        try await pool.run {
            if access(path, F_OK) == 0 { return true }
            guard errno == ENOENT || errno == ENOTDIR else { throw Self.failure("look for", path) }
            return false
        }
    }

    /// The whole file; nil when there is none.
    package func read(_ path: String, limit: Int = 1 << 20) async throws -> [UInt8]? {
        try await pool.run {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            if descriptor < 0, errno == ENOENT { return nil }
            guard descriptor >= 0 else { throw Self.failure("open", path) }
            defer { close(descriptor) }
            return try Self.read(descriptor, path, limit)
        }
    }

    /// Replaces a file's content so that a crash leaves the old one or the new one.
    package func replace(_ path: String, _ bytes: [UInt8]) async throws {
        try await pool.run { try Self.replace(path, bytes) }
    }

    package func rename(_ from: String, _ to: String) async throws {
        try await pool.run {
            guard Glibc.rename(from, to) == 0 else { throw Self.failure("rename", from) }
        }
    }

    /// Removes a file; also when there is none.
    package func remove(_ path: String) async throws {
        try await pool.run {
            guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure("remove", path) }
        }
    }

    /// Removes a folder and all in it, without following symbolic links; also when there is none.
    package func removeFolder(_ path: String) async throws {
        try await pool.run { try Self.removeFolder(path) }
    }

    /// Names in a folder; empty when there is none.
    package func list(_ path: String) async throws -> [String] {
        try await pool.run { try Self.names(path) }
    }

    package struct Space: Sendable {
        package var totalBytes: Int
        package var freeBytes: Int
    }

    /// The size of the file system that holds `path`.
    package func space(_ path: String) async throws -> Space {
        try await pool.run {
            var status = statvfs()
            guard statvfs(path, &status) == 0 else { throw Self.failure("statvfs", path) }
            let unit = Int(status.f_frsize)
            return Space(totalBytes: Int(status.f_blocks) * unit, freeBytes: Int(status.f_bavail) * unit)
        }
    }

    // MARK: Blocking parts

    /// What `errno` says of a call that failed; a full disk is named, since its remedy is known.
    static func failure(_ action: String, _ path: String) -> ServiceError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT
        return ServiceError(
            .internal, isFull ? "The host has no room for the server's files." : "The host's files cannot be used.",
            detail: "\(action) \(path): \(String(cString: strerror(number)))")
    }

    static func makeFolder(_ path: String, _ mode: mode_t) throws {
        var built = ""
        for part in path.split(separator: "/") {
            built += "/\(part)"
            guard mkdir(built, mode) == 0 || errno == EEXIST else { throw failure("mkdir", built) }
        }
    }

    private static func read(_ descriptor: Int32, _ path: String, _ limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw ServiceError(.tooLarge, "A file of the host is too large.", detail: path)
            }
        }
    }

    private static func replace(_ path: String, _ bytes: [UInt8]) throws {
        let temporary = "\(path).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        defer { close(descriptor) }
        try writeAll(descriptor, bytes, temporary)
        guard fsync(descriptor) == 0 else { throw failure("fsync", temporary) }
        guard Glibc.rename(temporary, path) == 0 else { throw failure("rename", temporary) }
    }

    static func writeAll(_ descriptor: Int32, _ bytes: some RandomAccessCollection<UInt8>, _ path: String) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func names(_ path: String) throws -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure("opendir", path)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func removeFolder(_ path: String) throws {
        for name in try names(path) {
            let item = "\(path)/\(name)"
            var status = stat()
            guard lstat(item, &status) == 0 else {
                if errno == ENOENT { continue }
                throw failure("lstat", item)
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                try removeFolder(item)
            } else if unlink(item) != 0, errno != ENOENT {
                throw failure("remove", item)
            }
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw failure("rmdir", path) }
    }
}
