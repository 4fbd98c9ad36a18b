package import Core

/// `[auth]`: the ways to ask for a token.
package struct AuthMethodOptions: OptionGroup {
    package static let group = "auth"
    /// Keystone's default: neither one-time passcodes nor the methods that are named for a protocol.
    private static let usual: AuthMethods = [
        .external, .password, .token, .oauth1, .mapped, .applicationCredential, .ec2Credential,
    ]

    package let methods: AuthMethods

    package init(_ options: inout OptionReader) throws {
        let names = try options.list(
            "methods", default: Self.usual.names,
            help: "Methods that tokens can be asked for with; others are answered 401. Further ones: totp, openid, "
                + "saml2. Without external nobody is a user for being named in X-Remote-User: leave it out where a "
                + "proxy serves identity providers.")
        var methods: AuthMethods = []
        for name in names {
            guard let method = AuthMethods(name: name) else {
                throw ConfigurationError("[auth] methods: \(name) is not known")
            }
            methods.formUnion(method)
        }
        guard !methods.isEmpty else { throw ConfigurationError("[auth] methods is empty: nobody could log in") }
        self.methods = methods
    }
}

extension AuthMethods {
    /// - Throws: 401 when one of `asked` is not among these.
    func checkAllows(_ asked: AuthMethods) throws {
        guard isSuperset(of: asked) else { throw Self.unsupported }
    }

    static var unsupported: ServiceError {
        ServiceError(.unauthorized, "Attempted to authenticate with an unsupported method.")
    }
}
