import Core
import Crypto
import Glibc
import NIOCore

/// A file that is being downloaded, and the hash of what came so far.
actor ImageSink {
    private let path: String
    private let descriptor: Int32
    private let files: HostFiles
    private var digest: ImageDigest
    private(set) var size = 0

    private init(path: String, descriptor: Int32, files: HostFiles, digest: ImageDigest) {
        self.path = path
        self.descriptor = descriptor
        self.files = files
        self.digest = digest
    }

    /// - Throws: also when the file is there already.
    static func create(_ path: String, _ files: HostFiles, _ digest: ImageDigest) async throws -> ImageSink {
        let descriptor = try await files.run { () -> Int32 in
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw HostFiles.failure("create", path) }
            return descriptor
        }
        return ImageSink(path: path, descriptor: descriptor, files: files, digest: digest)
    }

    /// Called for one piece after the other.
    func take(_ chunk: ByteBuffer) async throws {
        let bytes = Array(chunk.readableBytesView)
        digest.update(bytes)
        size += bytes.count
        let (descriptor, path) = (descriptor, path)
        try await files.run { try HostFiles.writeAll(descriptor, bytes, path) }
    }

    var hash: String { digest.finish() }

    func close() { Glibc.close(descriptor) }
}

/// The hash by which an image's record identifies its data.
struct ImageDigest: Sendable {
    private enum State {
        case sha256(SHA256)
        case sha512(SHA512)
    }

    private var state: State

    init(_ algorithm: String) throws {
        switch algorithm.lowercased() {
        case "sha512": state = .sha512(SHA512())
        case "sha256": state = .sha256(SHA256())
        default: throw ServiceError(.notImplemented, "Images hashed with \(algorithm) cannot be checked on this host.")
        }
    }

    mutating func update(_ bytes: [UInt8]) {
        switch state {
        case .sha256(var hash):
            hash.update(data: bytes)
            state = .sha256(hash)
        case .sha512(var hash):
            hash.update(data: bytes)
            state = .sha512(hash)
        }
    }

    func finish() -> String {
        switch state {
        case .sha256(let hash): Hex.encode(hash.finalize())
        case .sha512(let hash): Hex.encode(hash.finalize())
        }
    }
}
