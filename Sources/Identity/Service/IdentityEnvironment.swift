package import Core
package import Database
import FoundationEssentials
package import Logging

/// What every part of the identity service works with.
package struct IdentityEnvironment: Sendable {
    package let database: Database
    package let passwords: PasswordHasher
    /// Of receipts, and of tokens unless they are signed.
    package let tokenKeys: FernetKeyRing
    package let tokenFormat: any TokenFormat
    package let credentialKeys: FernetKeyRing
    package let settings: IdentitySettings
    package let clock: WallClock
    package let ids: IDGenerator
    package let logger: Logger
    /// Tokens that were looked up lately.
    let validated = ValidatedTokens()
    let newest = NewestRevocation()
    let directories: Directories
    /// Tells the outside what was changed.
    let notices: IdentityNotices
    /// Tells the other services that tokens became void. Advisory: their caches end soon by themselves.
    let announcement: @Sendable (RevocationEvent) async -> Void

    package init(
        database: Database, passwords: PasswordHasher, tokenKeys: FernetKeyRing, credentialKeys: FernetKeyRing,
        tokenFormat: (any TokenFormat)? = nil, settings: IdentitySettings, clock: WallClock, ids: IDGenerator,
        logger: Logger, notices: IdentityNotices = .off,
        announce: @escaping @Sendable (RevocationEvent) async -> Void
    ) {
        self.database = database
        self.passwords = passwords
        self.tokenKeys = tokenKeys
        self.credentialKeys = credentialKeys
        self.tokenFormat = tokenFormat ?? FernetTokens(tokenKeys)
        self.settings = settings
        directories = Directories(settings.directories)
        self.clock = clock
        self.ids = ids
        self.logger = logger
        self.notices = notices
        announcement = announce
    }

    /// A new id in Keystone's form.
    package func newID<Kind>(_: Kind.Type = Kind.self) -> ID<Kind> { ID(ids.hex()) }

    package var authMethods: AuthMethods { settings.auth.methods }
    package var tokenOptions: TokenOptions { settings.tokens }
    package var compliance: SecurityComplianceOptions { settings.compliance }
    var multiFactor: MultiFactorOptions { settings.multiFactor }
    var oauth: OAuthOptions { settings.oauth }
    var federation: FederationOptions { settings.federation }
    var signatureLifetime: Duration { settings.credentials.signatureLifetime }

    // MARK: Secrets kept for others

    package func encrypt(_ text: String) throws -> String {
        try credentialKeys.current().seal(Array(text.utf8), at: clock.now())
    }

    package func decrypt(_ text: String) throws -> String {
        guard let (bytes, _) = credentialKeys.current().open(text, limit: .max),
            let plain = String(validating: bytes, as: UTF8.self)
        else {
            throw ServiceError(
                .internal, "A stored credential cannot be decrypted.",
                detail: "none of the keys in [credential] key_repository made it")
        }
        return plain
    }
}
