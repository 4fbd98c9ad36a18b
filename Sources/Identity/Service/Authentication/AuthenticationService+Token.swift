import Core
import Database
import FoundationEssentials

extension AuthenticationService {
    /// - Parameter isFederated: whether it was shown as an identity provider's, which others' are not.
    func check(token text: String, isFederated: Bool, _ context: inout AuthContext) async throws {
        let token: Token
        do {
            token = try await tokens.validate(text)
        } catch let error as InvalidToken {
            throw ServiceError(.notFound, "Could not find token.", detail: error.reason)
        }
        guard !isFederated || token.payload.federation != nil else {
            throw ServiceError.unauthenticated("the token is no identity provider's")
        }
        // A delegated token must not become one of another scope.
        guard !token.isDelegated else {
            throw ServiceError(
                .forbidden,
                "You are not authorized to perform the requested action: Using a delegated token to create another "
                    + "token is not allowed.")
        }
        if token.isScoped, !env.tokenOptions.allowsRescopingOfScopedTokens {
            throw ServiceError(
                .forbidden, "You are not authorized to perform the requested action: rescope a scoped token.")
        }
        try context.add(token.payload.user, .token)
        context.methods.formUnion(token.payload.methods)
        context.limit(to: token.payload.expiresAt)
        context.auditChainID = token.auditChainID
        context.federation = token.payload.federation
        context.exchangedScope = token.payload.scope
        context.account = (token.user, token.userDomain)
    }

    // MARK: Application credential

    func check(
        _ given: AuthRequest.ApplicationCredential, _ scope: AuthRequest.Scope?, _ context: inout AuthContext
    ) async throws {
        guard scope == nil else {
            throw ServiceError(
                .unauthorized,
                "Error authenticating with application credential: Application credentials cannot request a scope.")
        }
        let found = try await env.database.read("find application credential") { tx in
            try Self.credential(given, tx)
        }
        let isRight = try await env.passwords.verify(given.secret, found?.secretHash)
        guard isRight, let credential = found else {
            throw ServiceError.unauthenticated("no such application credential, or a wrong secret")
        }
        if let end = credential.expiresAt, end <= env.clock.now() {
            throw ServiceError.unauthenticated("the application credential has expired")
        }
        try context.add(credential.userID, .applicationCredential)
        context.credential = credential
    }

    private static func credential(
        _ given: AuthRequest.ApplicationCredential, _ tx: Transaction
    ) throws -> ApplicationCredential? {
        if let id = given.id { return try ApplicationCredentialStore.find(id, tx) }
        guard let name = given.name, let reference = given.user else { return nil }
        var user = reference.id.map { UserID($0) }
        if user == nil, let userName = reference.name, let domain = try Self.domain(reference, tx) {
            user = try UserStore.find(named: userName, in: domain.asDomainID, tx)?.id
        }
        guard let user else { return nil }
        return try ApplicationCredentialStore.list(of: user, name: name, tx).first
    }
}
