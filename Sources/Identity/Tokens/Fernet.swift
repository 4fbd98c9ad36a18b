import Core
import Crypto
import CryptoExtras
package import FoundationEssentials

/// One Fernet key: 16 bytes to sign with, 16 to encrypt with, kept as 44 base64url characters.
///
/// https://github.com/fernet/spec/blob/master/Spec.md
package struct FernetKey: Sendable {
    private let signing: SymmetricKey
    private let encryption: SymmetricKey

    /// Nil unless `text` is 32 bytes in base64url.
    package init?(text: String) {
        guard let bytes = TokenText.decode(text.filter { !$0.isWhitespace }), bytes.count == 32 else { return nil }
        self.init(bytes: bytes)
    }

    package init(bytes: [UInt8]) {
        signing = SymmetricKey(data: bytes.prefix(16))
        encryption = SymmetricKey(data: bytes.dropFirst(16))
    }

    /// The text of a new random key, as it stands in a key file.
    package static func generateText() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return TokenText.encode(bytes, padded: true)
    }

    fileprivate func seal(_ payload: [UInt8], seconds: UInt64, iv: [UInt8]) throws -> [UInt8] {
        var token: [UInt8] = [0x80]
        for shift in stride(from: 56, through: 0, by: -8) {
            token.append(UInt8(truncatingIfNeeded: seconds >> UInt64(shift)))
        }
        token += iv
        token += try AES._CBC.encrypt(payload, using: encryption, iv: AES._CBC.IV(ivBytes: iv))
        token += HMAC<SHA256>.authenticationCode(for: token, using: signing)
        return token
    }

    /// The payload, if this key made the token. The signature is compared in constant time.
    fileprivate func open(_ token: [UInt8]) -> [UInt8]? {
        let signed = token.dropLast(32)
        guard HMAC<SHA256>.isValidAuthenticationCode(token.suffix(32), authenticating: signed, using: signing)
        else { return nil }
        do {
            let iv = try AES._CBC.IV(ivBytes: Array(token[9..<25]))
            return Array(try AES._CBC.decrypt(Array(signed.dropFirst(25)), using: encryption, iv: iv))
        } catch {
            return nil
        }
    }
}

/// Seals payloads with the newest of a set of keys and opens those of any of them.
package struct Fernet: Sendable {
    private let keys: [FernetKey]

    /// - Parameter keys: newest (primary) first.
    package init(keys: [FernetKey]) { self.keys = keys }

    /// A token without the trailing `=`, as Keystone hands it out.
    package func seal(_ payload: [UInt8], at time: Date) throws -> String {
        guard let key = keys.first else {
            throw ServiceError(.internal, "The identity service has no Fernet keys.")
        }
        var generator = SystemRandomNumberGenerator()
        let iv = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let seconds = UInt64(max(0, time.timeIntervalSince1970))
        return TokenText.encode(try key.seal(payload, seconds: seconds, iv: iv), padded: false)
    }

    /// Whether the newest key made it.
    package func isSealedByPrimary(_ token: String) -> Bool {
        guard let bytes = TokenText.decode(token), Self.isWhole(bytes), let key = keys.first else { return false }
        return key.open(bytes) != nil
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        let cipherLength = bytes.count - 57
        return cipherLength >= 16 && cipherLength % 16 == 0 && bytes[0] == 0x80
    }

    /// What is inside a token and when (whole seconds) it was made; nil for anything we did not make.
    /// - Parameter limit: characters; tokens are short, stored texts need not be.
    package func open(_ token: String, limit: Int = 4096) -> (payload: [UInt8], issuedAt: Date)? {
        guard token.utf8.count <= limit, let bytes = TokenText.decode(token) else { return nil }
        guard Self.isWhole(bytes) else { return nil }
        let seconds = bytes[1..<9].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        for key in keys {
            if let payload = key.open(bytes) {
                return (payload, Date(timeIntervalSince1970: Double(seconds)))
            }
        }
        return nil
    }
}

/// base64url as tokens use it: canonical only, padding optional.
///
/// A second spelling of the same token would escape a revocation by its text, so bits left over in
/// the last character must be zero.
package enum TokenText {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    package static func encode(_ bytes: some Sequence<UInt8>, padded: Bool) -> String {
        var out: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                out.append(alphabet[Int(buffer >> UInt32(bits) & 0x3F)])
            }
        }
        if bits > 0 { out.append(alphabet[Int(buffer << UInt32(6 - bits) & 0x3F)]) }
        if padded { while out.count % 4 != 0 { out.append(UInt8(ascii: "=")) } }
        return String(decoding: out, as: UTF8.self)
    }

    package static func decode(_ text: String) -> [UInt8]? {
        var characters = Array(text.utf8)
        while characters.last == UInt8(ascii: "=") { characters.removeLast() }
        guard characters.count % 4 != 1 else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(characters.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits = 0
        for character in characters {
            let value = values[Int(character)]
            guard value != 0xFF else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        guard buffer & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        return out
    }
}
