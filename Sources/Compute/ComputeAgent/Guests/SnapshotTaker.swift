import ComputeModel
import Core
import Glibc
import NIOCore
import Virt

/// Copies a server's root disk into an image.
struct SnapshotTaker: Sendable {
    let driver: any Hypervisor
    let paths: HostPaths
    let files: HostFiles
    let images: any ImageSource
    let tool = QemuImage()

    private static let timeout = Duration.seconds(3600)

    /// A running guest's disk is copied as it is at one moment; a stopped one's as it is.
    func take(
        _ command: SnapshotServer, _ guest: Guest?, _ context: RequestContext
    ) async throws -> SnapshotTaken {
        guard let guest else { throw GuestOperations.missing(command.server) }
        guard let root = guest.record.localDisks.first(where: { $0.role == .root }) else {
            throw ServiceError(.badRequest, "A server that boots from a volume is snapshotted by its volume.")
        }
        guard ["qcow2", "raw"].contains(command.diskFormat), isUUIDLike(command.image.rawValue) else {
            throw ServiceError(.badRequest, "Snapshots cannot be made in the format \(command.diskFormat).")
        }
        let base = "\(paths.instance(command.server))/snapshot-\(command.image)"
        let (copy, result) = ("\(base).copy", "\(base).\(command.diskFormat)")
        try await remove([copy, result])
        do {
            if guest.power == .running || guest.power == .paused {
                guard let copying = driver as? any LiveDiskCopy else {
                    throw ServiceError(.notImplemented, "Running servers cannot be snapshotted on this host.")
                }
                try await copying.copyDisk(root.target, of: command.server, to: copy, timeout: Self.timeout)
                try await tool.run(.convert(copy, from: "qcow2", to: result, as: command.diskFormat))
            } else {
                try await tool.run(.convert(root.path, from: root.format, to: result, as: command.diskFormat))
            }
            let size = try await upload(result, command.image, context)
            try await remove([copy, result])
            return SnapshotTaken(sizeBytes: Int64(size))
        } catch {
            try await remove([copy, result])
            throw error
        }
    }

    private func remove(_ paths: [String]) async throws {
        for path in paths { try await files.remove(path) }
    }

    private func upload(_ path: String, _ image: ImageID, _ context: RequestContext) async throws -> Int {
        let chunks = try await FileChunks.open(path, files)
        defer { chunks.close() }
        try await images.upload(image, chunks, length: chunks.size, context)
        return chunks.size
    }
}

/// A file's bytes, a MiB at a time.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let size: Int
    private let descriptor: Int32
    private let files: HostFiles

    static func open(_ path: String, _ files: HostFiles) async throws -> FileChunks {
        try await files.run {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { throw HostFiles.failure("open", path) }
            return FileChunks(size: lseek(descriptor, 0, SEEK_END), descriptor: descriptor, files: files)
        }
    }

    func close() { Glibc.close(descriptor) }

    func makeAsyncIterator() -> Iterator { Iterator(descriptor: descriptor, files: files) }

    struct Iterator: AsyncIteratorProtocol {
        let descriptor: Int32
        let files: HostFiles
        var offset = 0

        mutating func next() async throws -> ByteBuffer? {
            let (descriptor, offset) = (descriptor, offset)
            let bytes = try await files.run { () -> [UInt8] in
                var bytes = [UInt8](repeating: 0, count: 1 << 20)
                let count = pread(descriptor, &bytes, bytes.count, offset)
                guard count >= 0 else { throw HostFiles.failure("read", "snapshot") }
                return Array(bytes[..<count])
            }
            guard !bytes.isEmpty else { return nil }
            self.offset += bytes.count
            return ByteBuffer(bytes: bytes)
        }
    }
}
