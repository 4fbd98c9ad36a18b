import CLinux
import Core
import Crypto
import FoundationEssentials

/// bcrypt through libcrypt: `$2b$12$` salt and digest. Only the first 72 bytes of a password count.
enum Bcrypt {
    private static let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    static func hash(_ password: [UInt8], cost: Int) throws -> String {
        try crypt(password, setting: setting(cost: cost, salt: newSalt()))
    }

    static func verify(_ password: [UInt8], _ hash: String) throws -> Bool {
        constantTimeEquals(Array(try crypt(password, setting: hash).utf8), Array(hash.utf8))
    }

    static func setting(cost: Int, salt: String, ident: String = "2b") -> String {
        "$\(ident)$\(cost < 10 ? "0" : "")\(cost)$\(salt)"
    }

    /// 16 random bytes in bcrypt's own base64: 22 characters.
    static func newSalt() -> String {
        let bytes = RandomBytes.make(16)
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
        out.append(alphabet[Int(buffer << UInt32(6 - bits) & 0x3F)])
        return String(decoding: out, as: UTF8.self)
    }

    /// - Throws: for a password with a zero byte, which C would cut short, or an unknown setting.
    static func crypt(_ password: [UInt8], setting: String) throws -> String {
        try Libcrypt.crypt(Array(password.prefix(72)), setting: setting)
    }
}

/// bcrypt over an HMAC of the password, so that every byte of a long one counts (passlib's version 2):
/// `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`.
enum BcryptSHA256 {
    static let prefix = "$bcrypt-sha256$"

    static func hash(_ password: [UInt8], cost: Int) throws -> String {
        let salt = Bcrypt.newSalt()
        let digest = try Self.digest(password, salt: salt, cost: cost, ident: "2b")
        return "\(prefix)v=2,t=2b,r=\(cost)$\(salt)$\(digest)"
    }

    static func verify(_ password: [UInt8], _ hash: String) throws -> Bool {
        let parts = hash.dropFirst(prefix.count).split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw MalformedPasswordHash() }
        let parameters = try HashParameters(parts[0])
        guard let cost = parameters.numbers["r"], let ident = parameters.texts["t"] else {
            throw MalformedPasswordHash()
        }
        let digest = try Self.digest(password, salt: String(parts[1]), cost: cost, ident: ident)
        return constantTimeEquals(Array(digest.utf8), Array(parts[2].utf8))
    }

    private static func digest(_ password: [UInt8], salt: String, cost: Int, ident: String) throws -> String {
        let key = SymmetricKey(data: Array(salt.utf8))
        let mac = Data(HMAC<SHA256>.authenticationCode(for: password, using: key)).base64EncodedString()
        let hash = try Bcrypt.crypt(
            Array(mac.utf8), setting: Bcrypt.setting(cost: cost, salt: salt, ident: ident))
        return String(hash.suffix(31))
    }
}
