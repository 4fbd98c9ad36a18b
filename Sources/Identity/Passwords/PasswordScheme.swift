/// How new passwords are hashed. Hashes of every scheme are always verified, also of those that make no new ones.
package struct PasswordScheme: Sendable {
    package enum Algorithm: String, CaseIterable, Sendable {
        case bcrypt
        case bcryptSHA256 = "bcrypt_sha256"
        case scrypt
        case pbkdf2SHA512 = "pbkdf2_sha512"
    }

    package var algorithm: Algorithm
    /// bcrypt and scrypt: the logarithm of the cost; PBKDF2: iterations. Nil: the algorithm's own.
    package var rounds: Int?

    package init(algorithm: Algorithm, rounds: Int? = nil) {
        self.algorithm = algorithm
        self.rounds = rounds
    }

    /// A new salted hash, in the text form that Keystone stores.
    package func hash(_ password: [UInt8]) throws -> String {
        switch algorithm {
        case .bcrypt: try Bcrypt.hash(password, cost: rounds ?? 12)
        case .bcryptSHA256: try BcryptSHA256.hash(password, cost: rounds ?? 12)
        case .scrypt: try ScryptHash.hash(password, logRounds: rounds ?? 16)
        case .pbkdf2SHA512: try PBKDF2Hash.hash(password, rounds: rounds ?? 210_000)
        }
    }

    /// Whether `hash`, of any scheme, is that of `password`. A malformed hash matches nothing.
    package static func verify(_ password: [UInt8], _ hash: String) -> Bool {
        do {
            if hash.hasPrefix(BcryptSHA256.prefix) { return try BcryptSHA256.verify(password, hash) }
            if hash.hasPrefix(ScryptHash.prefix) { return try ScryptHash.verify(password, hash) }
            if hash.hasPrefix(PBKDF2Hash.prefix) { return try PBKDF2Hash.verify(password, hash) }
            if hash.hasPrefix(SHA512Crypt.prefix) { return try SHA512Crypt.verify(password, hash) }
            if hash.hasPrefix("$2") { return try Bcrypt.verify(password, hash) }
            return false
        } catch {
            return false
        }
    }
}

/// A stored hash whose text cannot be understood, or a setting that the library refuses.
package struct MalformedPasswordHash: Error {}
