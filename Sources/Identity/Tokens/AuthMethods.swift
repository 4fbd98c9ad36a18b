/// The ways a token was obtained, as the bit set that Keystone writes into its tokens.
///
/// The bits follow the order of Keystone's default `[auth] methods`: they are part of the token
/// format, so the order never changes.
package struct AuthMethods: OptionSet, Sendable, Hashable {
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }

    package static let external = AuthMethods(rawValue: 1)
    package static let password = AuthMethods(rawValue: 2)
    package static let token = AuthMethods(rawValue: 4)
    package static let oauth1 = AuthMethods(rawValue: 8)
    package static let mapped = AuthMethods(rawValue: 16)
    package static let applicationCredential = AuthMethods(rawValue: 32)

    private static let named: [(String, AuthMethods)] = [
        ("external", .external), ("password", .password), ("token", .token), ("oauth1", .oauth1),
        ("mapped", .mapped), ("application_credential", .applicationCredential),
    ]

    package init?(name: String) {
        guard let found = Self.named.first(where: { $0.0 == name }) else { return nil }
        self = found.1
    }

    /// The names as a token document lists them.
    package var names: [String] { Self.named.filter { contains($0.1) }.map(\.0) }
}
