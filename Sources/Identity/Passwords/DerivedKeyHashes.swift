import Core
import Crypto
import CryptoExtras
import FoundationEssentials

/// scrypt: `$scrypt$ln=16,r=8,p=1$salt$digest`.
enum ScryptHash {
    static let prefix = "$scrypt$"

    static func hash(_ password: [UInt8], logRounds: Int) throws -> String {
        guard (1...24).contains(logRounds) else { throw MalformedPasswordHash() }
        let salt = RandomBytes.make(16)
        let digest = try derive(password, salt: salt, length: 32, logRounds: logRounds, blockSize: 8, parallelism: 1)
        return "\(prefix)ln=\(logRounds),r=8,p=1$\(ShortBase64.encode(salt))$\(ShortBase64.encode(digest))"
    }

    static func verify(_ password: [UInt8], _ hash: String) throws -> Bool {
        let parts = hash.dropFirst(prefix.count).split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw MalformedPasswordHash() }
        let parameters = try HashParameters(parts[0])
        guard let logRounds = parameters.numbers["ln"], (1...24).contains(logRounds),
            let blockSize = parameters.numbers["r"], (1...64).contains(blockSize),
            let parallelism = parameters.numbers["p"], (1...64).contains(parallelism)
        else { throw MalformedPasswordHash() }
        let expected = try ShortBase64.decode(parts[2])
        let digest = try derive(
            password, salt: try ShortBase64.decode(parts[1]), length: expected.count, logRounds: logRounds,
            blockSize: blockSize, parallelism: parallelism)
        return constantTimeEquals(digest, expected)
    }

    private static func derive(
        _ password: [UInt8], salt: [UInt8], length: Int, logRounds: Int, blockSize: Int, parallelism: Int
    ) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: password, salt: salt, outputByteCount: length, rounds: 1 << logRounds, blockSize: blockSize,
            parallelism: parallelism)
        return key.withUnsafeBytes { Array($0) }
    }
}

/// PBKDF2 with SHA-512: `$pbkdf2-sha512$25000$salt$digest`.
enum PBKDF2Hash {
    static let prefix = "$pbkdf2-sha512$"

    static func hash(_ password: [UInt8], rounds: Int) throws -> String {
        let salt = RandomBytes.make(16)
        let digest = try derive(password, salt: salt, length: 64, rounds: rounds)
        return "\(prefix)\(rounds)$\(ShortBase64.encode(salt))$\(ShortBase64.encode(digest))"
    }

    static func verify(_ password: [UInt8], _ hash: String) throws -> Bool {
        let parts = hash.dropFirst(prefix.count).split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3, let rounds = Int(parts[0]), (1...10_000_000).contains(rounds) else {
            throw MalformedPasswordHash()
        }
        let expected = try ShortBase64.decode(parts[2])
        let digest = try derive(
            password, salt: try ShortBase64.decode(parts[1]), length: expected.count, rounds: rounds)
        return constantTimeEquals(digest, expected)
    }

    private static func derive(_ password: [UInt8], salt: [UInt8], length: Int, rounds: Int) throws -> [UInt8] {
        // Unchecked, because an imported hash may have Keystone's default of 25,000 rounds.
        let key = try KDF.Insecure.PBKDF2.deriveKey(
            from: password, salt: salt, using: .sha512, outputByteCount: length, unsafeUncheckedRounds: rounds)
        return key.withUnsafeBytes { Array($0) }
    }
}

/// `name=value` pairs between commas.
struct HashParameters {
    var texts: [String: String] = [:]
    var numbers: [String: Int] = [:]

    init(_ text: Substring) throws {
        for pair in text.split(separator: ",") {
            guard let equals = pair.firstIndex(of: "=") else { throw MalformedPasswordHash() }
            let value = String(pair[pair.index(after: equals)...])
            texts[String(pair[..<equals])] = value
            numbers[String(pair[..<equals])] = Int(value)
        }
    }
}

/// Base64 without padding; `.` is accepted for `+`, as passlib wrote it.
enum ShortBase64 {
    static func encode(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }

    static func decode(_ text: Substring) throws -> [UInt8] {
        var padded = String(text.map { $0 == "." ? "+" : $0 })
        while padded.utf8.count % 4 != 0 { padded += "=" }
        guard let data = Data(base64Encoded: padded), !data.isEmpty else { throw MalformedPasswordHash() }
        return Array(data)
    }
}

enum RandomBytes {
    /// Bytes from the system's secure generator.
    static func make(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
