package import Core
import Crypto
import Glibc

/// The key from which each attachment's iSCSI password is made, so that none is stored.
package struct ChapKey: Sendable {
    private let key: SymmetricKey

    package init(bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// Reads the key file; makes it (mode 0600) when there is none.
    package init(file path: String) throws {
        let existing = open(path, O_RDONLY | O_CLOEXEC)
        if existing >= 0 {
            defer { close(existing) }
            var bytes = [UInt8](repeating: 0, count: 32)
            guard bytes.withUnsafeMutableBytes({ read(existing, $0.baseAddress, 32) }) == 32 else {
                throw ServiceError(.badRequest, "The iSCSI key file \(path) is too short.")
            }
            self.init(bytes: bytes)
            return
        }
        guard errno == ENOENT else { throw File.failure("open", path) }
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) }
        let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard made >= 0 else { throw File.failure("create", path) }
        defer { close(made) }
        guard bytes.withUnsafeBytes({ write(made, $0.baseAddress, 32) }) == 32, fsync(made) == 0 else {
            throw File.failure("write", path)
        }
        self.init(bytes: bytes)
    }

    /// Initiators commonly take 12 to 16 characters (RFC 7143 asks for 96 bits at least).
    package func account(for attachment: AttachmentID) -> ISCSIAccount {
        let code = HMAC<SHA256>.authenticationCode(for: Array("chap:\(attachment)".utf8), using: key)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let password = code.prefix(16).map { letters[Int($0 & 63)] }
        let user = attachment.rawValue.filter { $0 != "-" }
        return ISCSIAccount(user: user, password: String(decoding: password, as: UTF8.self))
    }
}
