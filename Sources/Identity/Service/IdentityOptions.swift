package import Core

/// `[fernet_tokens]`: where the token keys are.
package struct FernetTokenOptions: OptionGroup {
    package static let group = "fernet_tokens"
    package let keyRepository: String
    package let maximumKeys: Int
    /// How long a primary key is one, where the daemons rotate by themselves; nil: an operator does.
    package let rotationInterval: Duration?

    package init(_ options: inout OptionReader) throws {
        keyRepository = try options.value(
            "key_repository", default: "/var/lib/apus/identity/fernet-keys",
            help: "Folder of Fernet token keys, in Keystone's layout; equal on every identity host.")
        maximumKeys = try options.value(
            "max_active_keys", default: 3, in: 3...100,
            help: "Keys kept by a rotation: (token lifetime / rotation interval) + 2.")
        let interval = try options.value(
            "rotation_interval", default: Duration.zero,
            help:
                "How long a primary key is one. Identity's daemons then rotate the keys by themselves and agree on them "
                + "in the database; 0: an operator does, with apus fernet rotate.")
        rotationInterval = interval == .zero ? nil : interval
    }

    /// - Throws: when keys would leave before the tokens that they made.
    package func check(_ tokens: TokenOptions) throws {
        guard let rotationInterval else { return }
        let life = (tokens.expiration + tokens.allowExpiredWindow).seconds
        let needed = Int((life / rotationInterval.seconds).rounded(.up)) + 2
        guard maximumKeys >= needed else {
            throw ConfigurationError(
                "[fernet_tokens] max_active_keys must be at least \(needed): with this rotation_interval keys would leave "
                    + "before tokens made with them end, [token] allow_expired_window included")
        }
    }

    package var folder: FernetKeyFolder { FernetKeyFolder(path: keyRepository, maximumKeys: maximumKeys) }
}

/// `[credential]`: where the keys are that credentials (EC2 secrets, TOTP seeds) are stored under.
package struct CredentialOptions: OptionGroup {
    package static let group = "credential"
    package let keyRepository: String
    /// How old a signature of an EC2 or S3 request may be, and how far ahead of the clock.
    package let signatureLifetime: Duration
    /// Credentials that one user may have; nil: any number.
    package let userLimit: Int?

    package init(_ options: inout OptionReader) throws {
        keyRepository = try options.value(
            "key_repository", default: "/var/lib/apus/identity/credential-keys",
            help: "Folder of Fernet keys that stored credentials are encrypted with.")
        let minutes = try options.value(
            "auth_ttl", default: 15, in: 1...1440, help: "Minutes that a signature made with an EC2 key is good for.")
        signatureLifetime = .seconds(60 * minutes)
        let limit = try options.value(
            "user_limit", default: -1, in: -1...100_000, help: "Credentials that one user may have; -1: any number.")
        userLimit = limit < 0 ? nil : limit
    }

    package var folder: FernetKeyFolder { FernetKeyFolder(path: keyRepository, maximumKeys: 3) }
}

/// `[token]`: how long tokens live.
package struct TokenOptions: OptionGroup {
    package static let group = "token"

    package enum Provider: String, CaseIterable, OptionValue {
        case fernet
        case jws
    }

    package let provider: Provider
    package let expiration: Duration
    package let allowExpiredWindow: Duration
    package let allowsRescopingOfScopedTokens: Bool

    package init(_ options: inout OptionReader) throws {
        provider = try options.value(
            "provider", default: Provider.fernet,
            help: "fernet: only identity can read a token; jws: signed with ES256, anybody can read it, and check it "
                + "with a public key.")
        expiration = try options.value("expiration", default: .seconds(3600), help: "Life of a token.")
        allowExpiredWindow = try options.value(
            "allow_expired_window", default: .seconds(172_800),
            help: "How long after its end a token is still shown to a service that asks with allow_expired.")
        allowsRescopingOfScopedTokens = try options.value(
            "allow_rescope_scoped_token", default: true,
            help: "Whether a scoped token may be exchanged; otherwise only unscoped ones.")
    }
}

/// `[passwords]`: hashing.
package struct PasswordOptions: OptionGroup {
    package static let group = "passwords"
    package let scheme: PasswordScheme
    package let threads: Int
    package let maximumQueue: Int

    package init(_ options: inout OptionReader) throws {
        let algorithm = try options.value(
            "hash_algorithm", default: PasswordScheme.Algorithm.bcrypt, help: "Hash of new passwords.")
        let rounds = try options.value(
            "hash_rounds", default: 0, in: 0...10_000_000,
            help: "Cost's logarithm (bcrypt 4 to 31, scrypt 1 to 24), or iterations (pbkdf2_sha512); 0: the usual.")
        scheme = PasswordScheme(algorithm: algorithm, rounds: rounds == 0 ? nil : rounds)
        threads = try options.value("threads", default: 2, in: 1...64, help: "Threads that hash.")
        maximumQueue = try options.value(
            "max_queue", default: 64, in: 1...10_000,
            help: "Hashes that may wait; beyond them requests are answered 429.")
    }
}

extension PasswordScheme.Algorithm: OptionValue {}

/// `[totp]` and `[receipt]`: factors beside the password.
package struct MultiFactorOptions: Sendable {
    package let previousPasscodes: Int
    package let receiptLifetime: Duration

    package init(totp: TOTPOptions, receipt: ReceiptOptions) {
        previousPasscodes = totp.previousPasscodes
        receiptLifetime = receipt.lifetime
    }
}

/// `[totp]`: one-time passcodes.
package struct TOTPOptions: OptionGroup {
    package static let group = "totp"
    package let previousPasscodes: Int

    package init(_ options: inout OptionReader) throws {
        previousPasscodes = try options.value(
            "included_previous_windows", default: 1, in: 0...10,
            help: "Windows of 30 seconds before the present one whose passcodes are still good.")
    }
}

/// `[receipt]`: what is given out while an authentication lacks methods.
package struct ReceiptOptions: OptionGroup {
    package static let group = "receipt"
    package let lifetime: Duration

    package init(_ options: inout OptionReader) throws {
        lifetime = try options.value(
            "expiration", default: .seconds(300), help: "How long the methods of a receipt need not be repeated.")
    }
}

/// `[oauth1]`: how long what consumers get is good for.
package struct OAuthOptions: OptionGroup {
    package static let group = "oauth1"
    package let requestTokenLifetime: Duration
    package let accessTokenLifetime: Duration

    package init(_ options: inout OptionReader) throws {
        requestTokenLifetime = try options.value(
            "request_token_duration", default: .seconds(28_800), help: "Life of a request token; 0: for ever.")
        accessTokenLifetime = try options.value(
            "access_token_duration", default: .seconds(86_400), help: "Life of an access token; 0: for ever.")
    }
}
