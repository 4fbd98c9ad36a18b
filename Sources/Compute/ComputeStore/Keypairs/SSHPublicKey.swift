import Core
import Crypto

/// A public key as `authorized_keys` has it (RFC 4253 §6.6).
package struct SSHPublicKey: Sendable {
    private static let types: Set<String> = [
        "ssh-rsa", "ssh-dss", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ]

    private let blob: [UInt8]

    /// - Throws: `.badRequest` when it is no key, or its type does not match its content.
    package init(_ text: String) throws {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard !text.contains("\n"), words.count >= 2, Self.types.contains(String(words[0])),
            let blob = Base64.decode(String(words[1])), Self.firstString(blob) == String(words[0])
        else { throw ServiceError(.badRequest, "Keypair data is invalid: failed to generate fingerprint") }
        self.blob = blob
    }

    /// MD5 of the key, pairs of digits with colons: what Nova shows.
    package var fingerprint: String {
        let digest = Insecure.MD5.hash(data: blob)
        return digest.map { Hex.encode([$0]) }.joined(separator: ":")
    }

    /// An RSA key's line from its two numbers, most significant byte first.
    package static func text(modulus: [UInt8], exponent: [UInt8]) -> String {
        let blob = field(Array("ssh-rsa".utf8)) + field(positive(exponent)) + field(positive(modulus))
        return "ssh-rsa \(Base64.encode(blob))"
    }

    /// A number as an `mpint` (RFC 4251 §5): no needless zeros, and one where it would else be negative.
    private static func positive(_ number: [UInt8]) -> [UInt8] {
        let digits = Array(number.drop { $0 == 0 })
        return (digits.first ?? 0) & 0x80 != 0 ? [0] + digits : digits
    }

    private static func field(_ bytes: [UInt8]) -> [UInt8] {
        let length = UInt32(bytes.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * $0)) } + bytes
    }

    private static func firstString(_ blob: [UInt8]) -> String? {
        guard blob.count >= 4 else { return nil }
        let length = blob[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= 64, blob.count >= 4 + length else { return nil }
        return String(validating: blob[4..<(4 + length)], as: UTF8.self)
    }
}
