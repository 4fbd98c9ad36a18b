package import Core
import Glibc

/// Which file or folder a path leads to, whatever it is called.
package struct FileIdentity: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64

    /// - Returns: nil when there is nothing.
    init?(_ path: String) throws {
        var info = stat()
        guard stat(path, &info) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileHandle.failure("looking at", path, errno)
        }
        device = UInt64(info.st_dev)
        number = UInt64(info.st_ino)
    }
}

extension FileStore {
    /// An image's file; nil when it is not here.
    package func identity(_ image: ImageID) async throws -> FileIdentity? {
        let path = try path(image)
        return try await pool.run { try FileIdentity(path) }
    }

    /// Whether one of an image's locations leads to its file here, by whatever path.
    func isPlace(of image: Image) async throws -> Bool {
        let own = try path(image.id)
        let paths = image.locations.map(\.url).filter { $0.hasPrefix("file://") }.map { String($0.dropFirst(7)) }
        if paths.contains(own) { return true }
        return try await pool.run {
            guard let file = try FileIdentity(own) else { return false }
            return try paths.contains { try FileIdentity($0) == file }
        }
    }

    /// Makes sure that no two stores have a folder in common, by whatever names: each takes what is in its own folders
    /// and is not its own for something that a crash left.
    /// - Throws: `ConfigurationError`.
    package static func checkApart(_ stores: [FileStore]) async throws {
        var owners: [FileIdentity: (store: String, path: String)] = [:]
        for store in stores {
            let paths = store.folders
            let found = try await store.pool.run { try paths.map { try FileIdentity($0) } }
            for (path, identity) in zip(paths, found) {
                guard let identity else { continue }
                if let owner = owners[identity] {
                    throw ConfigurationError(
                        "[image] \(path) of store \(store.id) is the same folder as \(owner.path) of \(owner.store)")
                }
                owners[identity] = (store.id, path)
            }
        }
    }
}
