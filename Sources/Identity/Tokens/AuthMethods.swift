/// The ways a token was obtained, as the bit set that Keystone writes into its tokens.
///
/// The bits follow the order of Keystone's default `[auth] methods`, and after them those that an operator would
/// add: they are part of the token format, so the order never changes.
package struct AuthMethods: OptionSet, Sendable, Hashable {
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }

    package static let external = AuthMethods(rawValue: 1)
    package static let password = AuthMethods(rawValue: 2)
    package static let token = AuthMethods(rawValue: 4)
    package static let oauth1 = AuthMethods(rawValue: 8)
    package static let mapped = AuthMethods(rawValue: 16)
    package static let applicationCredential = AuthMethods(rawValue: 32)
    /// Marks tokens that came of an EC2 or S3 signature. Nobody can ask for it.
    package static let ec2Credential = AuthMethods(rawValue: 64)
    package static let totp = AuthMethods(rawValue: 128)
    package static let openID = AuthMethods(rawValue: 256)
    package static let saml2 = AuthMethods(rawValue: 512)

    private static let named: [(String, AuthMethods)] = [
        ("external", .external), ("password", .password), ("token", .token), ("oauth1", .oauth1),
        ("mapped", .mapped), ("application_credential", .applicationCredential), ("ec2credential", .ec2Credential),
        ("totp", .totp), ("openid", .openID), ("saml2", .saml2),
    ]

    package static let every = Self(named.map(\.1))

    /// Those that prove who the user is. Whatever else is in a token came of a narrower credential.
    private static let primary: AuthMethods = [.external, .password, .token, .mapped, .totp, .openID, .saml2]

    package init?(name: String) {
        guard let found = Self.named.first(where: { $0.0 == name }) else { return nil }
        self = found.1
    }

    /// Names that nobody knows are left out.
    package init(names: [String]) { self = Self(names.compactMap { AuthMethods(name: $0) }) }

    /// The names as a token document lists them.
    package var names: [String] { Self.named.filter { contains($0.1) }.map(\.0) }

    /// Whether a token with these methods came of a delegated credential. No method at all counts as one: a method
    /// that is not known yet must not be taken for a password.
    package var isDelegated: Bool { isEmpty || !Self.primary.isSuperset(of: self) }

    /// A bit for which there is no name: made by a service that knows more methods.
    package var hasUnknown: Bool { !Self.every.isSuperset(of: self) }
}
