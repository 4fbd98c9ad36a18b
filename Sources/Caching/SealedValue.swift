import Crypto

/// Seals cached values, so that whoever can write to memcached cannot forge one.
///
/// The key is part of what is sealed: a value moved to another key does not open there.
struct SealedValue: Sendable {
    private let key: SymmetricKey
    private static let macBytes = 32

    init(secret: String) {
        // Any text makes a key of the right size.
        key = SymmetricKey(data: SHA256.hash(data: Array(secret.utf8)))
    }

    func seal(_ value: [UInt8], for name: String) -> [UInt8] { mac(value, name) + value }

    /// The value as it was sealed, or nil for anything else.
    func open(_ sealed: [UInt8], for name: String) -> [UInt8]? {
        guard sealed.count >= Self.macBytes else { return nil }
        let value = Array(sealed[Self.macBytes...])
        let valid = HMAC<SHA256>.isValidAuthenticationCode(
            sealed[..<Self.macBytes], authenticating: message(value, name), using: key)
        return valid ? value : nil
    }

    /// The name under which memcached keeps a value: bounded in length and in characters.
    func storageKey(_ name: String) -> String {
        let digest = HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: key)
        return digest.map { byte in
            let digits = Array("0123456789abcdef")
            return "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }.joined()
    }

    private func mac(_ value: [UInt8], _ name: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message(value, name), using: key))
    }

    private func message(_ value: [UInt8], _ name: String) -> [UInt8] {
        let name = Array(name.utf8)
        let length = UInt32(name.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + name + value
    }
}
