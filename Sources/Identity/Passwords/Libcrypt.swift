import CLinux
import Core

/// What the C library hashes passwords with.
enum Libcrypt {
    /// - Throws: for a password with a zero byte, which C would cut short, or an unknown setting.
    static func crypt(_ password: [UInt8], setting: String) throws -> String {
        guard !password.contains(0) else { throw MalformedPasswordHash() }
        let phrase = password.map { CChar(bitPattern: $0) } + [0]
        var out = [CChar](repeating: 0, count: 256)
        guard apus_crypt(phrase, setting, &out, out.count) == 0 else { throw MalformedPasswordHash() }
        return String(decoding: out.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// SHA-512 as Keystone hashed until Pike: `$6$rounds=10000$salt$digest`. Verified, for users who kept their passwords
/// since, and never made.
enum SHA512Crypt {
    static let prefix = "$6$"
    /// A hash with more, which takes ten seconds, matches nothing.
    private static let maximumRounds = 10_000_000

    static func verify(_ password: [UInt8], _ hash: String) throws -> Bool {
        let parameters = hash.dropFirst(prefix.count).prefix { $0 != "$" }
        if let rounds = try? HashParameters(parameters).numbers["rounds"], rounds > maximumRounds {
            throw MalformedPasswordHash()
        }
        return constantTimeEquals(Array(try Libcrypt.crypt(password, setting: hash).utf8), Array(hash.utf8))
    }
}
