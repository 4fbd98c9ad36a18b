import Core
import Crypto
package import NIOCore

/// The two digests of an image's data, taken as it streams: MD5, which clients expect, and one that is worth it.
package struct DataHasher: Sendable {
    private var md5: Insecure.MD5? = Insecure.MD5()
    private var digest: Digest
    package private(set) var size: Int64 = 0

    private enum Digest: Sendable {
        case md5(Insecure.MD5)
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
        case sha384(SHA384)
        case sha512(SHA512)
    }

    /// What is taken when nothing else is asked for.
    package static let algorithm = "sha512"

    package init(withChecksum: Bool = true) {
        if !withChecksum { md5 = nil }
        digest = .sha512(SHA512())
    }

    /// nil for an algorithm that is not known.
    /// - Parameter withChecksum: whether MD5 is taken too.
    package init?(algorithm: String, withChecksum: Bool = true) {
        if !withChecksum { md5 = nil }
        switch algorithm {
        case "md5": digest = .md5(Insecure.MD5())
        case "sha1": digest = .sha1(Insecure.SHA1())
        case "sha256": digest = .sha256(SHA256())
        case "sha384": digest = .sha384(SHA384())
        case "sha512": digest = .sha512(SHA512())
        default: return nil
        }
    }

    /// Hexadecimal digits of a digest.
    package static func length(of algorithm: String) -> Int? {
        ["md5": 32, "sha1": 40, "sha256": 64, "sha512": 128][algorithm]
    }

    package mutating func update(_ chunk: ByteBuffer) {
        chunk.withUnsafeReadableBytes { buffer in
            md5?.update(bufferPointer: buffer)
            switch digest {
            case .md5(var hash):
                hash.update(bufferPointer: buffer)
                digest = .md5(hash)
            case .sha1(var hash):
                hash.update(bufferPointer: buffer)
                digest = .sha1(hash)
            case .sha256(var hash):
                hash.update(bufferPointer: buffer)
                digest = .sha256(hash)
            case .sha384(var hash):
                hash.update(bufferPointer: buffer)
                digest = .sha384(hash)
            case .sha512(var hash):
                hash.update(bufferPointer: buffer)
                digest = .sha512(hash)
            }
        }
        size += Int64(chunk.readableBytes)
    }

    package var checksum: String { md5.map { Hex.encode($0.finalize()) } ?? "" }

    package var hash: String {
        switch digest {
        case .md5(let hash): Hex.encode(hash.finalize())
        case .sha1(let hash): Hex.encode(hash.finalize())
        case .sha256(let hash): Hex.encode(hash.finalize())
        case .sha384(let hash): Hex.encode(hash.finalize())
        case .sha512(let hash): Hex.encode(hash.finalize())
        }
    }
}
