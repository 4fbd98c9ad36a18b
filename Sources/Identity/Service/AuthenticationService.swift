import Core
import Database
import FoundationEssentials

/// Finds out who asks for a token and for which scope.
///
/// Whatever is wrong with a name, a password or an account, the answer is one and the same 401, and it
/// takes as long: nothing can be learned about which users, projects or domains there are.
package struct AuthenticationService: Sendable {
    let env: IdentityEnvironment
    private let tokens: TokenService

    package init(_ env: IdentityEnvironment) {
        self.env = env
        tokens = TokenService(env)
    }

    /// Who the methods of one request say the user is.
    private struct Identity {
        var user: UserID?
        var methods: AuthMethods = []
        var notAfter: Date?
        var auditChainID: String?
        var credential: ApplicationCredential?

        mutating func add(_ found: UserID, _ method: AuthMethods) throws {
            if let user, user != found { throw ServiceError.unauthenticated("the methods name different users") }
            user = found
            methods.formUnion(method)
        }
    }

    package func authenticate(_ request: AuthRequest) async throws -> TokenService.Issued {
        var identity = Identity()
        if let password = request.password { try await check(password, &identity) }
        if let token = request.token { try await check(token: token, &identity) }
        if let credential = request.applicationCredential { try await check(credential, request.scope, &identity) }
        guard let user = identity.user else { throw ServiceError.unauthenticated("no method named a user") }
        let scope = try await self.scope(request, user, identity)
        return try await tokens.issue(
            TokenService.Grant(
                user: user, methods: identity.methods, scope: scope, notAfter: identity.notAfter,
                auditChainID: identity.auditChainID))
    }

    // MARK: Password

    private struct Account: Sendable {
        var user: User
        var hash: String?
        var passwordExpiresAt: Date?
        var isDomainEnabled: Bool
    }

    private func account(_ reference: AuthRequest.Reference) async throws -> Account? {
        try await env.database.transaction("find account") { tx in
            var user: User?
            if let id = reference.id {
                user = try UserStore.find(UserID(id), tx)
            } else if let name = reference.name, let domain = try Self.domain(reference, tx) {
                user = try UserStore.find(named: name, in: domain.asDomainID, tx)
            }
            guard let user else { return nil }
            let stored = try UserStore.passwords(of: user.id, limit: 1, tx).first
            let domain = try ProjectStore.findDomain(user.domainID, tx)
            return Account(
                user: user, hash: stored?.hash, passwordExpiresAt: stored?.expiresAt,
                isDomainEnabled: domain?.isEnabled ?? false)
        }
    }

    private static func domain(_ reference: AuthRequest.Reference, _ tx: Transaction) throws -> Project? {
        if let id = reference.domainID { return try ProjectStore.findDomain(id, tx) }
        guard let name = reference.domainName else { return nil }
        return try ProjectStore.find(named: name, in: nil, tx)
    }

    private func check(_ password: AuthRequest.Password, _ identity: inout Identity) async throws {
        let account = try await account(password.user)
        let isRight = try await env.passwords.verify(password.password, account?.hash)
        guard let account else { throw ServiceError.unauthenticated("no such user") }
        let user = account.user
        if isLocked(user) { throw ServiceError.unauthenticated("the account is locked") }
        guard isRight else {
            try await recordFailure(user)
            throw ServiceError.unauthenticated("wrong password")
        }
        guard user.isEnabled, account.isDomainEnabled else {
            throw ServiceError.unauthenticated("the account or its domain is disabled")
        }
        if let end = account.passwordExpiresAt, end <= env.clock.now() {
            throw ServiceError(
                .unauthorized,
                "The password is expired and needs to be changed for user: \(user.id).")
        }
        if user.failedAttempts > 0 {
            try await env.database.transaction("clear failures") { try UserStore.clearFailures(user.id, $0) }
        }
        try identity.add(user.id, .password)
    }

    private func isLocked(_ user: User) -> Bool {
        let rules = env.compliance
        guard rules.lockoutAttempts > 0, user.failedAttempts >= rules.lockoutAttempts,
            !user.hasOption("ignore_lockout_failure_attempts"), let last = user.lastFailureAt
        else { return false }
        return env.clock.now().timeIntervalSince(last) < Double(rules.lockoutDuration.components.seconds)
    }

    private func recordFailure(_ user: User) async throws {
        guard env.compliance.lockoutAttempts > 0 else { return }
        let now = env.clock.now()
        let hasLapsed = user.failedAttempts >= env.compliance.lockoutAttempts
        try await env.database.transaction("record failure") { tx in
            // A lock that has run out starts a new count.
            if hasLapsed { try UserStore.clearFailures(user.id, tx) }
            try UserStore.addFailure(user.id, at: now, tx)
        }
    }

    // MARK: Token

    private func check(token text: String, _ identity: inout Identity) async throws {
        let token: Token
        do {
            token = try await tokens.validate(text)
        } catch let error as InvalidToken {
            throw ServiceError(.notFound, "Could not find token.", detail: error.reason)
        }
        // A delegated token must not become one of another scope.
        guard !token.isDelegated else {
            throw ServiceError(.forbidden, "A token of a trust or an application credential cannot be exchanged.")
        }
        try identity.add(token.payload.user, .token)
        identity.methods.formUnion(token.payload.methods)
        identity.notAfter = token.payload.expiresAt
        identity.auditChainID = token.auditChainID
    }

    // MARK: Application credential

    private func check(
        _ given: AuthRequest.ApplicationCredential, _ scope: AuthRequest.Scope?, _ identity: inout Identity
    ) async throws {
        guard scope == nil else {
            throw ServiceError(
                .unauthorized,
                "Error authenticating with application credential: Application credentials cannot request a scope.")
        }
        let found = try await env.database.transaction("find application credential") { tx in
            try Self.credential(given, tx)
        }
        let isRight = try await env.passwords.verify(given.secret, found?.secretHash)
        guard isRight, let credential = found else {
            throw ServiceError.unauthenticated("no such application credential, or a wrong secret")
        }
        if let end = credential.expiresAt, end <= env.clock.now() {
            throw ServiceError.unauthenticated("the application credential has expired")
        }
        try identity.add(credential.userID, .applicationCredential)
        identity.credential = credential
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

    // MARK: Scope

    private func scope(
        _ request: AuthRequest, _ user: UserID, _ identity: Identity
    ) async throws -> TokenPayload.Scope {
        if let credential = identity.credential {
            return .applicationCredential(credential.id, project: credential.projectID)
        }
        switch request.scope {
        case .unscoped: return .unscoped
        case .system: return .system
        case .trust(let id):
            let now = env.clock.now()
            let trust = try await env.database.transaction("find trust") { try TrustStore.find(id, at: now, $0) }
            guard let trust else { throw ServiceError.unauthenticated("no such trust") }
            guard trust.trustee == user else {
                throw ServiceError(.forbidden, "The user is not the trustee of the trust.")
            }
            return .trust(id, project: trust.projectID)
        case .domain(let reference):
            let found = try await env.database.transaction("find domain scope") { tx in
                if let name = reference.name { return try ProjectStore.find(named: name, in: nil, tx) }
                return try ProjectStore.findDomain(DomainID(reference.id ?? ""), tx)
            }
            guard let found else { throw ServiceError.unauthenticated("no such domain") }
            return .domain(found.asDomainID)
        case .project(let reference):
            let found = try await env.database.transaction("find project scope") { tx in
                if let id = reference.id { return try ProjectStore.find(ProjectID(id), tx) }
                guard let name = reference.name, let domain = try Self.domain(reference, tx), domain.isEnabled
                else { return nil }
                return try ProjectStore.find(named: name, in: domain.asDomainID, tx)
            }
            guard let found else { throw ServiceError.unauthenticated("no such project") }
            return .project(found.id)
        case nil: return try await defaultScope(user)
        }
    }

    /// The user's default project, if it can be had; else no scope.
    private func defaultScope(_ user: UserID) async throws -> TokenPayload.Scope {
        try await env.database.transaction("find default scope") { tx in
            guard let project = try UserStore.find(user, tx)?.defaultProjectID,
                let found = try ProjectStore.find(project, tx), found.isEnabled,
                !(try AssignmentStore.roles(of: user, at: .project(project), tx)).isEmpty
            else { return .unscoped }
            return .project(project)
        }
    }
}
