import Core
import Database
import FoundationEssentials

extension AuthenticationService {
    /// A user who tries to log in, with what that depends on.
    struct Account: Sendable {
        var user: User
        var hash: String?
        var passwordExpiresAt: Date?
        var domain: Project
        var isEnabled: Bool { user.isEnabled && domain.isEnabled }
        /// The seeds of the user's one-time passcodes, still encrypted.
        var seeds: [Credential] = []
    }

    func account(_ reference: AuthRequest.Reference, withSeeds: Bool = false) async throws -> Account? {
        let directories = DirectoryUsers(env)
        if let login = try await directories.login(reference) {
            guard let id = try await directories.keep(login) else { return nil }
            return try await account(.id(id), withSeeds: withSeeds)
        }
        return try await account(reference.user, withSeeds: withSeeds)
    }

    private func account(_ reference: UserStore.Reference?, withSeeds: Bool) async throws -> Account? {
        try await env.database.read("find account") { tx in
            guard let named = reference, let found = try UserStore.account(named, tx) else { return nil }
            return Account(
                user: found.user, hash: found.hash, passwordExpiresAt: found.user.passwordExpiresAt,
                domain: found.domain,
                seeds: withSeeds ? try CredentialStore.list(user: found.user.id, type: "totp", tx) : [])
        }
    }

    func check(_ password: AuthRequest.Password, _ context: inout AuthContext) async throws {
        if let login = try await DirectoryUsers(env).login(password.user) {
            return try await check(password.password, login, &context)
        }
        let account = try await account(password.user)
        let isRight = try await env.passwords.verify(password.password, account?.hash)
        guard let account else {
            try await guardian.recordStranger(password.user)
            throw ServiceError.unauthenticated("no such user")
        }
        let user = account.user
        if guardian.isLocked(user) {
            try await guardian.recordStranger(password.user)
            throw ServiceError.unauthenticated("the account is locked")
        }
        guard isRight else {
            try await guardian.recordFailure(user)
            throw ServiceError.unauthenticated("wrong password")
        }
        guard account.isEnabled else {
            throw ServiceError.unauthenticated("the account or its domain is disabled")
        }
        if let end = account.passwordExpiresAt, end <= env.clock.now() {
            throw ServiceError(
                .unauthorized,
                "The password is expired and needs to be changed for user: \(user.id).")
        }
        try context.add(user.id, .password)
        context.account = (user, account.domain)
    }

    /// A password that a directory knows. Wrong ones are for the directory to count.
    private func check(
        _ password: String, _ login: DirectoryUsers.Login, _ context: inout AuthContext
    ) async throws {
        guard try await login.directory.accepts(password, of: login.entry) else {
            throw ServiceError.unauthenticated("no such user in the directory, or wrong password")
        }
        guard let id = try await DirectoryUsers(env).keep(login),
            let account = try await account(.id(id), withSeeds: false), account.isEnabled
        else { throw ServiceError.unauthenticated("the account or its domain is disabled") }
        try context.add(account.user.id, .password)
        context.account = (account.user, account.domain)
    }

    // MARK: External

    /// A user of the default domain whom a trusted proxy has authenticated.
    func check(external name: String?, _ context: inout AuthContext) async throws {
        guard let name, !name.isEmpty else { throw ServiceError.unauthenticated("no remote user") }
        let account = try await account(
            AuthRequest.Reference(id: nil, name: name, domainID: DomainID("default"), domainName: nil))
        guard let account, account.isEnabled else {
            throw ServiceError.unauthenticated("no such remote user")
        }
        try context.add(account.user.id, .external)
        context.account = (account.user, account.domain)
    }
}
