import Core
import Crypto

/// The two digests of an image's data, taken as it streams.
package struct DataHasher: Sendable {
    private var md5 = Insecure.MD5()
    private var sha512 = SHA512()
    package private(set) var size: Int64 = 0

    package static let algorithm = "sha512"

    package init() {}

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { buffer in
            md5.update(bufferPointer: buffer)
            sha512.update(bufferPointer: buffer)
        }
        size += Int64(bytes.count)
    }

    package var checksum: String { Hex.encode(md5.finalize()) }
    package var hash: String { Hex.encode(sha512.finalize()) }
}
