package import Core

/// `[fernet_tokens]`: where the token keys are.
package struct FernetTokenOptions: OptionGroup {
    package static let group = "fernet_tokens"
    package let keyRepository: String
    package let maximumKeys: Int

    package init(_ options: inout OptionReader) throws {
        keyRepository = try options.value(
            "key_repository", default: "/var/lib/apus/identity/fernet-keys",
            help: "Folder of Fernet token keys, in Keystone's layout; equal on every identity host.")
        maximumKeys = try options.value(
            "max_active_keys", default: 3, in: 3...100,
            help: "Keys kept by a rotation: (token lifetime / rotation interval) + 2.")
    }

    package var folder: FernetKeyFolder { FernetKeyFolder(path: keyRepository, maximumKeys: maximumKeys) }
}

/// `[credential]`: where the keys are that credentials (EC2 secrets, TOTP seeds) are stored under.
package struct CredentialOptions: OptionGroup {
    package static let group = "credential"
    package let keyRepository: String

    package init(_ options: inout OptionReader) throws {
        keyRepository = try options.value(
            "key_repository", default: "/var/lib/apus/identity/credential-keys",
            help: "Folder of Fernet keys that stored credentials are encrypted with.")
    }

    package var folder: FernetKeyFolder { FernetKeyFolder(path: keyRepository, maximumKeys: 100) }
}

/// `[token]`: how long tokens live.
package struct TokenOptions: OptionGroup {
    package static let group = "token"
    package let expiration: Duration
    package let allowExpiredWindow: Duration

    package init(_ options: inout OptionReader) throws {
        expiration = try options.value("expiration", default: .seconds(3600), help: "Life of a token.")
        allowExpiredWindow = try options.value(
            "allow_expired_window", default: .seconds(172_800),
            help: "How long after its end a token is still shown to a service that asks with allow_expired.")
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

/// `[security_compliance]`: rules for passwords and logins, by Keystone's names.
package struct SecurityComplianceOptions: OptionGroup {
    package static let group = "security_compliance"
    /// Wrong passwords in a row that lock an account; 0: never.
    package let lockoutAttempts: Int
    package let lockoutDuration: Duration
    /// Former passwords that a user may not choose again; 0: any.
    package let uniqueLastPasswords: Int
    package let minimumPasswordAgeDays: Int
    package let passwordExpiresDays: Int

    package init(_ options: inout OptionReader) throws {
        lockoutAttempts = try options.value(
            "lockout_failure_attempts", default: 0, in: 0...1000,
            help: "Wrong passwords in a row after which an account is locked; 0: never.")
        lockoutDuration = try options.value(
            "lockout_duration", default: .seconds(1800), help: "How long a locked account stays so.")
        uniqueLastPasswords = try options.value(
            "unique_last_password_count", default: 0, in: 0...100,
            help: "Former passwords that a user may not choose again; 0: any may.")
        minimumPasswordAgeDays = try options.value(
            "minimum_password_age", default: 0, in: 0...365, help: "Days before a user may change a password again.")
        passwordExpiresDays = try options.value(
            "password_expires_days", default: 0, in: 0...36500, help: "Days a password is good for; 0: for ever.")
    }
}
