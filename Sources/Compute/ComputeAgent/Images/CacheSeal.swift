import Core
import Glibc

/// What a cached image's bytes were when they were checked last: a digest in a file beside it.
///
/// A file that nobody touched since this process looked at it is not read again; any other is read whole, so that a
/// byte that was changed in the cache is noticed before a guest boots from it. One seal is for one image.
struct CacheSeal: Sendable {
    /// What changes with every write to a file, and cannot be set back.
    struct Facts: Sendable, Hashable {
        let inode: UInt64
        let size: Int
        let changedSeconds: Int
        let changedNanoseconds: Int
    }

    static let suffix = ".sum"
    private static let algorithm = "sha256"
    private static let chunk = 1 << 20

    private let files: HostFiles
    private var known: Facts?

    init(_ files: HostFiles) { self.files = files }

    /// Seals a file that is about to get the name `image`.
    func seal(_ file: String, as image: String) async throws {
        let digest = try await files.run { try Self.digest(of: file) }
        try await files.replace(Self.path(image), Array("\(Self.algorithm) \(digest)\n".utf8))
    }

    /// Checks a cached image and notes that it was used now.
    /// - Returns: its size; nil when it is not there.
    /// - Throws: `.conflict` when its bytes are not those that were sealed.
    mutating func check(_ image: String) async throws -> Int? {
        guard let facts = try await files.run({ try Self.facts(image) }) else { return nil }
        if known != facts {
            let digest = try await files.run { try Self.digest(of: image) }
            if let sealed = try await files.read(Self.path(image)) {
                guard String(decoding: sealed, as: UTF8.self) == "\(Self.algorithm) \(digest)\n" else {
                    known = nil
                    throw ServiceError(
                        .conflict, "The cached copy of the image on this host was changed after it was checked.",
                        detail: "\(image): see what did that, then remove it, unless guests' disks are layers over it")
                }
            } else {
                // Cached before there were seals.
                try await files.replace(Self.path(image), Array("\(Self.algorithm) \(digest)\n".utf8))
            }
        }
        known = try await files.run {
            // Unless it changed while it was read, which the next use has to look into.
            let isSame = try Self.facts(image) == facts
            guard utimensat(AT_FDCWD, image, nil, 0) == 0 else { throw HostFiles.failure("touch", image) }
            return isSame ? try Self.facts(image) : nil
        }
        return facts.size
    }

    static func path(_ image: String) -> String { image + suffix }

    private static func facts(_ path: String) throws -> Facts? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw HostFiles.failure("stat", path)
        }
        return Facts(
            inode: UInt64(status.st_ino), size: Int(status.st_size), changedSeconds: status.st_ctim.tv_sec,
            changedNanoseconds: status.st_ctim.tv_nsec)
    }

    private static func digest(of path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw HostFiles.failure("open", path) }
        defer { close(descriptor) }
        var digest = try ImageDigest(algorithm)
        var bytes = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = read(descriptor, &bytes, chunk)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw HostFiles.failure("read", path) }
            if count == 0 { return digest.finish() }
            digest.update(count == chunk ? bytes : Array(bytes[..<count]))
        }
    }
}
