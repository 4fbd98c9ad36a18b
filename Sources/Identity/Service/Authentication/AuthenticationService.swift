import Core
import Database
import FoundationEssentials

/// Finds out who asks for a token and for which scope.
///
/// Whatever is wrong with a name, a password or an account, the answer is one and the same 401, and it
/// takes as long: nothing can be learned about which users, projects or domains there are.
package struct AuthenticationService: Sendable {
    let env: IdentityEnvironment
    let tokens: TokenService
    let guardian: AccountGuard

    package init(_ env: IdentityEnvironment) {
        self.env = env
        tokens = TokenService(env)
        guardian = AccountGuard(env: env)
    }

    /// - Throws: `MultiFactorRequired` when the user's rules ask for more methods than succeeded; 401 for methods that
    ///   are off, before anything of the request is looked at.
    package func authenticate(
        _ request: AuthRequest, _ evidence: AuthEvidence = AuthEvidence()
    ) async throws -> TokenService.Issued {
        try env.authMethods.checkAllows(AuthMethods(names: request.methods))
        var context = AuthContext()
        // Whoever is a user by password is looked at before anything is made for a user of an identity provider.
        if let password = request.password { try await check(password, &context) }
        if let passcode = request.passcode { try await check(passcode, &context) }
        if let token = request.token {
            try await check(token: token, isFederated: !request.methods.contains("token"), &context)
        }
        if let credential = request.applicationCredential { try await check(credential, request.scope, &context) }
        if request.isExternal { try await check(external: evidence.remoteUser, &context) }
        if request.isOAuth { try await check(oauth: evidence.oauth, &context) }
        if let mapped = request.mapped { try await check(mapped, evidence, &context) }
        guard let user = context.user else { throw ServiceError.unauthenticated("no method named a user") }
        try await checkFactors(user, evidence.receipt, &context)
        // Not before: a password alone must not start the count of wrong passcodes anew. Nor does a passcode that of
        // passwords: whoever knows the seed does not therefore know the password.
        if let account = context.account, context.methods.contains(.password) {
            try await guardian.clearFailures(account.user)
        }
        let scope = try await self.scope(request, user, &context)
        return try await tokens.issue(
            TokenService.Grant(
                user: user, methods: context.methods, scope: scope, notAfter: context.notAfter,
                auditChainID: context.auditChainID, federation: context.federation, known: context.known))
    }

    static func domain(_ reference: AuthRequest.Reference, _ tx: Transaction) throws -> Project? {
        if let id = reference.domainID { return try ProjectStore.findDomain(id, tx) }
        guard let name = reference.domainName else { return nil }
        return try ProjectStore.find(named: name, in: nil, tx)
    }
}
