package import Core
import Database
import FoundationEssentials

/// Users and their passwords.
package struct UserService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: UserID) async throws -> User? {
        try await env.database.transaction("find user") { try UserStore.find(id, $0) }
    }

    package func list(_ filter: UserFilter) async throws -> [User] {
        try await env.database.transaction("list users") { try UserStore.list(filter, $0) }
    }

    /// - Parameter password: nil makes a user who cannot log in with one.
    package func create(_ user: User, password: String?) async throws -> User {
        let stored = try await hashed(password, options: user.options)
        let keeping = env.compliance.uniqueLastPasswords + 1
        do {
            return try await env.database.transaction("create user") { tx in
                guard try ProjectStore.findDomain(user.domainID, tx) != nil else {
                    throw NotFound.domain(user.domainID)
                }
                try UserStore.insert(user, tx)
                if let stored {
                    try UserStore.addPassword(stored, to: user.id, isSelfService: false, keeping: keeping, tx)
                }
                return try UserStore.find(user.id, tx) ?? user
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError.duplicate("user", name: user.name)
        }
    }

    private func hashed(_ password: String?, options: JSONObject) async throws -> StoredPassword? {
        guard let password else { return nil }
        let now = env.clock.now()
        let days = env.compliance.passwordExpiresDays
        let neverExpires = days == 0 || options["ignore_password_expiry"]?.bool ?? false
        return StoredPassword(
            hash: try await env.passwords.hash(password), createdAt: now,
            expiresAt: neverExpires ? nil : now.addingTimeInterval(Double(days) * 86400))
    }

    /// What an administrator does to a user's password.
    package enum PasswordChange: Sendable {
        case keep
        case set(String)
        case remove
    }

    /// Applies `change` and stores it. A new password, or disabling, voids the user's tokens.
    package func update(
        _ id: UserID, password: PasswordChange = .keep, _ change: @escaping @Sendable (inout User) throws -> Void
    ) async throws -> User {
        let now = env.clock.now()
        let stored: StoredPassword? = if case .set(let text) = password { try await hashed(text, options: [:]) } else { nil }
        let keeping = env.compliance.uniqueLastPasswords + 1
        let (user, event): (User, RevocationEvent?)
        do {
            (user, event) = try await env.database.transaction("update user") { tx in
                guard let before = try UserStore.find(id, tx) else { throw NotFound.user(id) }
                var after = before
                try change(&after)
                try UserStore.update(after, tx)
                var isVoid = before.isEnabled && !after.isEnabled
                if let stored {
                    try UserStore.addPassword(stored, to: id, isSelfService: false, keeping: keeping, tx)
                    isVoid = true
                } else if case .remove = password {
                    try UserStore.deletePasswords(of: id, tx)
                    isVoid = true
                }
                var event: RevocationEvent?
                if isVoid {
                    event = try RevocationStore.add(
                        RevocationEvent(userID: id, issuedBefore: now), at: now, tx)
                }
                return (try UserStore.find(id, tx) ?? after, event)
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(.conflict, "Conflict occurred attempting to store user - it is a duplicate of another.")
        }
        if let event { await env.announce(event) }
        return user
    }

    /// A user's own change of password. Wrong original: 401, as for a login.
    package func changePassword(_ id: UserID, from original: String, to new: String) async throws {
        let rules = env.compliance
        let (user, history) = try await env.database.transaction("read passwords") { tx in
            (
                try UserStore.find(id, tx),
                try UserStore.passwords(of: id, limit: max(1, rules.uniqueLastPasswords + 1), tx)
            )
        }
        let isRight = try await env.passwords.verify(original, history.first?.hash)
        guard isRight, let user, user.isEnabled, let current = history.first else {
            throw ServiceError.unauthenticated("wrong original password")
        }
        if user.hasOption("lock_password") {
            throw ServiceError(.badRequest, "Password validation error: The password is locked for user: \(id).")
        }
        try checkAge(current)
        if rules.uniqueLastPasswords > 0 {
            for former in history.prefix(rules.uniqueLastPasswords) {
                if try await env.passwords.verify(new, former.hash) {
                    throw ServiceError(
                        .badRequest,
                        "The new password cannot be identical to a previous password. The total number which includes "
                            + "the new password must be unique is \(rules.uniqueLastPasswords + 1).")
                }
            }
        }
        let now = env.clock.now()
        guard let stored = try await hashed(new, options: user.options) else { return }
        let event = RevocationEvent(userID: id, issuedBefore: now)
        let announced = try await env.database.transaction("change password") { tx in
            try UserStore.addPassword(
                stored, to: id, isSelfService: true, keeping: rules.uniqueLastPasswords + 1, tx)
            return try RevocationStore.add(event, at: now, tx)
        }
        await env.announce(announced)
    }

    private func checkAge(_ current: StoredPassword) throws {
        let days = env.compliance.minimumPasswordAgeDays
        guard days > 0 else { return }
        let age = env.clock.now().timeIntervalSince(current.createdAt)
        guard age >= Double(days) * 86400 else {
            throw ServiceError(
                .badRequest, "Cannot change password before minimum age \(days) days is met.")
        }
    }

    package func delete(_ id: UserID) async throws {
        let now = env.clock.now()
        let event = RevocationEvent(userID: id, issuedBefore: now)
        let announced = try await env.database.transaction("delete user") { tx in
            guard try UserStore.find(id, tx) != nil else { throw NotFound.user(id) }
            try UserStore.delete([id], at: now, tx)
            return try RevocationStore.add(event, at: now, tx)
        }
        await env.announce(announced)
    }
}
