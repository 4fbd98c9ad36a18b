package import Core
import Glibc
package import NIOCore

/// Image data in files: `ROOT/images/ab/cd/ID`. A file appears there whole or not at all: it is written
/// under `ROOT/incoming`, flushed, and renamed.
///
/// Names are made from ids alone, which are UUIDs, so no name can lead elsewhere.
package struct FileStore: Sendable {
    package let id: String
    private let root: String
    let pool: BlockingPool

    package static let chunk = 1 << 20

    package init(id: String, root: String, pool: BlockingPool) {
        self.id = id
        self.root = root
        self.pool = pool
    }

    /// Makes the folders, readable by this service alone.
    package func prepare() async throws {
        let folders = folders
        try await pool.run { for folder in folders { try makeFolder(folder) } }
    }

    var folders: [String] { ["", "/images", "/incoming", "/staging"].map { root + $0 } }

    // MARK: Paths

    package func url(_ image: ImageID) throws -> String { "file://\(try path(image))" }

    func path(_ image: ImageID) throws -> String {
        let name = try Self.name(image.rawValue)
        let digits = name.filter { $0 != "-" }
        return "\(root)/images/\(digits.prefix(2))/\(digits.dropFirst(2).prefix(2))/\(name)"
    }

    private func incoming(_ upload: String) throws -> String { "\(root)/incoming/\(try Self.name(upload))" }

    private func staging(_ image: ImageID) throws -> String { "\(root)/staging/\(try Self.name(image.rawValue))" }

    private static func name(_ id: String) throws -> String {
        guard isUUIDLike(id) else { throw ServiceError(.notFound, "No image found with ID \(id)") }
        return id.lowercased()
    }

    // MARK: Writing

    /// Writes a stream to `incoming`, hashed and inspected on the way.
    ///
    /// On any error, cancellation included, nothing stays behind.
    /// - Parameters:
    ///   - upload: a fresh id for this attempt.
    ///   - limit: bytes; more is `.tooLarge`.
    ///   - inspect: false when the content's format does not matter.
    ///   - signedHash: an algorithm whose digest is wanted too, for a signature.
    /// - Throws: `InspectionFailure` as soon as the content must be refused.
    package func receive<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks, upload: String, limit: Int64, inspect: Bool, signedHash: String? = nil
    ) async throws -> Received where Chunks.Element == ByteBuffer {
        let path = try incoming(upload)
        let pool = pool
        let sink = try await pool.run {
            DataSink(
                try FileHandle.create(path), inspects: inspect, signedHash: signedHash, limit: limit, pool: pool)
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                var batch = ChunkBatch()
                for try await chunk in chunks {
                    try Task.checkCancellation()
                    batch.append(chunk)
                    guard batch.isFull else { continue }
                    // One is worked on while the next arrives.
                    try await group.next()
                    let full = batch.takeAll()
                    group.addTask { try await sink.take(full) }
                }
                try await group.next()
                try await sink.take(batch.takeAll())
            }
            return try await pool.run { try sink.finish() }
        } catch {
            try await pool.run {
                sink.close()
                try remove(path)
            }
            throw error
        }
    }

    /// Makes received data an image's own.
    package func commit(_ upload: String, as image: ImageID) async throws {
        try await move(try incoming(upload), try path(image))
    }

    /// Makes received data an image's staged data.
    package func stage(_ upload: String, for image: ImageID) async throws {
        try await move(try incoming(upload), try staging(image))
    }

    private func move(_ source: String, _ destination: String) async throws {
        try await pool.run {
            let folder = String(destination[..<(destination.lastIndex(of: "/") ?? destination.startIndex)])
            try makeFolders(folder)
            guard rename(source, destination) == 0 else { throw FileHandle.failure("renaming", source, errno) }
            try flushFolder(folder)
        }
    }

    package func discard(_ upload: String) async throws { try await removeFile(try incoming(upload)) }
    package func delete(_ image: ImageID) async throws { try await removeFile(try path(image)) }
    package func unstage(_ image: ImageID) async throws { try await removeFile(try staging(image)) }

    private func removeFile(_ path: String) async throws { try await pool.run { try remove(path) } }

    // MARK: Reading

    /// An image's data, piece by piece; each piece is read when the one before has been taken.
    package func read(_ image: ImageID) async throws -> StoredFile { try await open(try path(image)) }

    package func readStaged(_ image: ImageID) async throws -> StoredFile { try await open(try staging(image)) }

    /// What staged data is.
    package func inspectStaged(_ image: ImageID) async throws -> InspectedImage {
        try await readStaged(image).inspect()
    }

    /// For programs that work on files: where staged data and an upload's data are.
    package func stagedPath(_ image: ImageID) throws -> String { try staging(image) }
    package func uploadPath(_ upload: String) throws -> String { try incoming(upload) }

    package func readUpload(_ upload: String) async throws -> StoredFile { try await open(try incoming(upload)) }

    package func hasUpload(_ upload: String) async throws -> Bool {
        let path = try incoming(upload)
        return try await pool.run { access(path, R_OK) == 0 }
    }

    package func hasStaged(_ image: ImageID) async throws -> Bool {
        let path = try staging(image)
        return try await pool.run { access(path, R_OK) == 0 }
    }

    private func open(_ path: String) async throws -> StoredFile {
        let handle = try await pool.run { try FileHandle.read(path) }
        return StoredFile(handle: handle, size: try await pool.run { try handle.size }, pool: pool)
    }

    // MARK: Cleaning

    /// Ids under `images`, a folder at a time from the one numbered `folder`, until there are `limit`.
    /// - Returns: the folder to go on with; 0 when all were seen.
    package func storedImages(from folder: Int = 0, limit: Int = .max) async throws -> (ids: [String], next: Int) {
        let root = root
        return try await pool.run {
            var ids: [String] = []
            for number in folder..<256 {
                if ids.count >= limit { return (ids, number) }
                let first = "\(root)/images/\(Hex.encode([UInt8(number)]))"
                for second in try list(first) { ids += try listIDs("\(first)/\(second)") }
            }
            return (ids, 0)
        }
    }

    package func stagedImages(limit: Int) async throws -> [String] {
        let root = root
        return try await pool.run { Array(try listIDs("\(root)/staging").prefix(limit)) }
    }

    package func uploads(limit: Int) async throws -> [String] {
        let root = root
        return try await pool.run { Array(try listIDs("\(root)/incoming").prefix(limit)) }
    }
}

/// What was received, before it has a name.
package struct Received: Sendable {
    package var size: Int64
    package var checksum: String
    package var hash: String
    package var inspected: InspectedImage?
    /// By the hash method of the image's signature, where it has one.
    package var signedDigest: String?
}

private func makeFolder(_ path: String) throws {
    guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw FileHandle.failure("making", path, errno) }
}

private func makeFolders(_ path: String) throws {
    if mkdir(path, 0o750) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
        throw FileHandle.failure("making", path, errno)
    }
    try makeFolders(String(path[..<slash]))
    try makeFolder(path)
}

private func flushFolder(_ path: String) throws {
    try FileHandle.read(path).synchronize()
}

private func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw FileHandle.failure("removing", path, errno) }
}

/// What a store gave a name: shared folders have other things too, such as what NFS keeps of open files.
private func listIDs(_ path: String) throws -> [String] { try list(path).filter(isUUIDLike) }

private func list(_ path: String) throws -> [String] {
    guard let folder = opendir(path) else {
        if errno == ENOENT || errno == ENOTDIR { return [] }
        throw FileHandle.failure("listing", path, errno)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}
