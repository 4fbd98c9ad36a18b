package import Core
import Database
import FoundationEssentials

/// Users and their passwords.
package struct UserService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: UserID) async throws -> User? {
        switch try await DirectoryUsers(env).find(id) {
        case .found(let user): return user
        case .gone: return nil
        case nil: return try await env.database.read("find user") { try UserStore.find(id, $0) }.map(seen)
        }
    }

    package func list(_ filter: UserFilter) async throws -> [User] {
        if let users = try await DirectoryUsers(env).list(filter) { return users }
        let found = try await env.database.read("list users") { try UserStore.list(filter, $0) }.map(seen)
        // Who counts as disabled for being away is enabled in the table.
        return filter.isEnabled == true ? found.filter(\.isEnabled) : found
    }

    /// How users log in by identity providers.
    package func logins(of users: [UserID]) async throws -> [UserID: [FederatedLogin]] {
        guard !users.isEmpty else { return [:] }
        return try await env.database.read("list federated logins") { try FederationStore.logins(of: users, $0) }
    }

    /// The user as shown: an account that nobody used for too long counts as disabled.
    private func seen(_ user: User) -> User {
        guard user.isInactive(for: env.compliance.inactiveDays, at: env.clock.now()) else { return user }
        var user = user
        user.isEnabled = false
        return user
    }

    /// - Parameter password: nil makes a user who cannot log in with one.
    package func create(
        _ user: User, password: String?, logins: [FederatedLogin] = [], _ context: RequestContext
    ) async throws -> User {
        try env.directories.checkWritable(user.domainID)
        let stored = try await hashed(password, options: user.options, isSelfService: false)
        let keeping = max(1, env.compliance.uniqueLastPasswords)
        do {
            return try await env.change("create user", context) { tx, record in
                guard try ProjectStore.findDomain(user.domainID, tx) != nil else {
                    throw NotFound.domain(user.domainID)
                }
                try Self.checkDefaultProject(user.defaultProjectID, tx)
                try UserStore.insert(user, tx)
                record.created(.user, user.id)
                if !logins.isEmpty { try FederationStore.setLogins(logins, of: user.id, tx) }
                if let stored {
                    try UserStore.addPassword(stored, to: user.id, keeping: keeping, tx)
                }
                return try UserStore.find(user.id, tx) ?? user
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError.duplicate("user", name: user.name, in: user.domainID)
        }
    }

    private func hashed(_ password: String?, options: JSONObject, isSelfService: Bool) async throws -> StoredPassword? {
        guard let password else { return nil }
        let rules = env.compliance
        try rules.check(password)
        let now = env.clock.now()
        var end: Date?
        if rules.passwordExpiresDays > 0, options["ignore_password_expiry"]?.bool != true {
            end = now.addingTimeInterval(Double(rules.passwordExpiresDays) * 86400)
        }
        // Good for nothing but being changed.
        if !isSelfService, rules.changesPasswordOnFirstUse,
            options["ignore_change_password_upon_first_use"]?.bool != true
        {
            end = now
        }
        return StoredPassword(
            hash: try await env.passwords.hash(password), createdAt: now, expiresAt: end,
            isSelfService: isSelfService)
    }

    /// A project that there is not (yet) may be named, a domain may not.
    private static func checkDefaultProject(_ id: ProjectID?, _ tx: Transaction) throws {
        guard let id, try ProjectStore.find(id, tx)?.isDomain == true else { return }
        throw ServiceError(.badRequest, "User's default project ID cannot be a domain ID: \(id)")
    }

    /// What an administrator does to a user's password.
    package enum PasswordChange: Sendable {
        case keep
        case set(String)
        case remove
    }

    /// Applies `change` and stores it. A new password, or disabling, voids the user's tokens.
    /// - Parameter enables: whether the change asks for an enabled account, which need not be a change.
    package func update(
        _ id: UserID, password: PasswordChange = .keep, enables: Bool = false, logins: [FederatedLogin]? = nil,
        _ context: RequestContext,
        _ change: @escaping @Sendable (inout User) throws -> Void
    ) async throws -> User {
        try await DirectoryUsers(env).checkWritable(id)
        let now = env.clock.now()
        var stored: StoredPassword?
        if case .set(let text) = password {
            let options = try await find(id)?.options ?? [:]
            stored = try await hashed(text, options: options, isSelfService: false)
        }
        let chosen = stored
        let inactiveDays = env.compliance.inactiveDays
        let keeping = max(1, env.compliance.uniqueLastPasswords)
        let (user, event): (User, RevocationEvent?)
        do {
            (user, event) = try await env.change("update user", context) { tx, record in
                guard let before = try UserStore.find(id, tx, .toChange) else { throw NotFound.user(id) }
                var after = before
                try change(&after)
                // Enabling somebody who was away for too long starts the count anew.
                if enables, inactiveDays > 0 { after.lastActiveAt = now }
                if after.defaultProjectID != before.defaultProjectID {
                    try Self.checkDefaultProject(after.defaultProjectID, tx)
                }
                try UserStore.update(after, tx)
                record.updated(.user, id)
                if let logins { try FederationStore.setLogins(logins, of: id, tx) }
                var isVoid = before.isEnabled && !after.isEnabled
                if let chosen {
                    try UserStore.addPassword(chosen, to: id, keeping: keeping, tx)
                    // An administrator's word; a user's own change proves the password alone, and not a passcode.
                    try UserStore.clearFailures(id, tx)
                    isVoid = true
                } else if case .remove = password {
                    try UserStore.deletePasswords(of: id, tx)
                    isVoid = true
                }
                var event: RevocationEvent?
                if isVoid {
                    event = try RevocationStore.add(
                        RevocationEvent(userID: id, issuedBefore: now), at: now, tx)
                } else if before.name != after.name {
                    // Tokens show the name.
                    event = try RevocationStore.number(RevocationEvent(userID: id, issuedBefore: now), tx)
                }
                return (try UserStore.find(id, tx) ?? after, event)
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            guard var wanted = try await find(id) else { throw NotFound.user(id) }
            try change(&wanted)
            throw ServiceError.duplicate("user", name: wanted.name)
        }
        if let event { await env.announce(event) }
        return user
    }

    /// A user's own change of password. Wrong original: 401, as for a login, and it counts as one.
    package func changePassword(_ id: UserID, from original: String, to new: String, _ context: RequestContext)
        async throws
    {
        let rules = env.compliance
        let guardian = AccountGuard(env: env)
        try await refuseDirectory(id, original)
        let (user, history) = try await env.database.read("read passwords") { tx in
            (
                try UserStore.find(id, tx),
                try UserStore.passwords(of: id, limit: max(1, rules.uniqueLastPasswords), tx)
            )
        }
        let isRight = try await env.passwords.verify(original, history.first?.hash)
        guard let user, !guardian.isLocked(user) else { throw ServiceError.unauthenticated("no such user, or locked") }
        guard isRight, user.isEnabled, let current = history.first else {
            if !isRight { try await guardian.recordFailure(user) }
            throw ServiceError.unauthenticated("wrong original password")
        }
        if user.hasOption("lock_password") {
            throw ServiceError(
                .badRequest,
                "You cannot change your password at this time due to password policy disallowing password changes. "
                    + "Please contact your administrator to reset your password.")
        }
        if current.isSelfService { try checkAge(current) }
        for former in history.prefix(rules.uniqueLastPasswords) {
            if try await env.passwords.verify(new, former.hash) {
                throw ServiceError(
                    .badRequest,
                    "The new password cannot be identical to a previous password. The total number which includes "
                        + "the new password must be unique is \(rules.uniqueLastPasswords).")
            }
        }
        let now = env.clock.now()
        guard let stored = try await hashed(new, options: user.options, isSelfService: true) else { return }
        let event = RevocationEvent(userID: id, issuedBefore: now)
        let announced = try await env.change("change password", context) { tx, record in
            try UserStore.addPassword(stored, to: id, keeping: rules.uniqueLastPasswords, tx)
            record.updated(.user, id, ["what": "password"])
            return try RevocationStore.add(event, at: now, tx)
        }
        await env.announce(announced)
    }

    /// A directory's users change their passwords there; whoever does not know one learns nothing.
    private func refuseDirectory(_ id: UserID, _ original: String) async throws {
        let reference = AuthRequest.Reference(id: id.rawValue, name: nil, domainID: nil, domainName: nil)
        guard let login = try await DirectoryUsers(env).login(reference) else { return }
        guard try await login.directory.accepts(original, of: login.entry) else {
            throw ServiceError.unauthenticated("wrong original password")
        }
        throw Directories.readOnly
    }

    private func checkAge(_ current: StoredPassword) throws {
        let days = env.compliance.minimumPasswordAgeDays
        guard days > 0 else { return }
        let left = Double(days) * 86400 - env.clock.now().timeIntervalSince(current.createdAt)
        guard left <= 0 else {
            throw ServiceError(
                .badRequest,
                "You cannot change your password at this time due to the minimum password age. Once you change your "
                    + "password, it must be used for \(days) day(s) before it can be changed. Please try again in "
                    + "\(Int(left / 86400)) day(s) or contact your administrator to reset your password.")
        }
    }

    package func delete(_ id: UserID, _ context: RequestContext) async throws {
        try await DirectoryUsers(env).checkWritable(id)
        let now = env.clock.now()
        let event = RevocationEvent(userID: id, issuedBefore: now)
        let announced = try await env.change("delete user", context) { tx, record in
            guard try UserStore.find(id, tx) != nil else { throw NotFound.user(id) }
            try UserStore.delete([id], at: now, tx)
            record.deleted(.user, id)
            return try RevocationStore.add(event, at: now, tx)
        }
        await env.announce(announced)
    }
}
