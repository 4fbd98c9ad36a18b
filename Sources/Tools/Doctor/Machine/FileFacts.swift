import Core
import Glibc

/// What stat(2) says of a file.
struct FileFacts: Sendable {
    let mode: UInt32
    let bytes: Int
    /// Seconds since 1970.
    let modified: Double
    let owner: UInt32
    let isFolder: Bool

    /// nil when there is no such file.
    /// - Throws: `CheckFailed` when it cannot be looked at.
    init?(_ path: String) throws {
        var facts = stat()
        guard lstat(path, &facts) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw CheckFailed(reason: "\(path): \(String(cString: strerror(errno)))")
        }
        mode = UInt32(facts.st_mode) & 0o7777
        bytes = Int(facts.st_size)
        modified = Double(facts.st_mtim.tv_sec) + Double(facts.st_mtim.tv_nsec) / 1e9
        owner = facts.st_uid
        isFolder = facts.st_mode & S_IFMT == S_IFDIR
    }
}

/// The names in a folder, in order; none when it is not there.
/// - Throws: `CheckFailed` when it cannot be read.
func folderNames(_ path: String) throws -> [String] {
    guard let folder = opendir(path) else {
        if errno == ENOENT { return [] }
        throw CheckFailed(reason: "\(path): \(String(cString: strerror(errno)))")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Removes one file. That it is gone already is no error.
func removeFile(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else {
        throw CheckFailed(reason: "\(path) cannot be removed: \(String(cString: strerror(errno)))")
    }
}

/// The first bytes of a file.
struct FileHead: Sendable {
    private let bytes: [UInt8]

    /// - Throws: `CheckFailed` when it cannot be read.
    init(_ path: String, bytes count: Int) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw CheckFailed(reason: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: count)
        let read = Glibc.read(descriptor, &buffer, count)
        guard read >= 0 else { throw CheckFailed(reason: "\(path): \(String(cString: strerror(errno)))") }
        bytes = Array(buffer[..<read])
    }

    func contains(_ wanted: [UInt8]) -> Bool { bytes.firstRange(of: wanted) != nil }
}
