import Core
import Database
import FoundationEssentials

extension AuthenticationService {
    /// A passcode made from one of the user's `totp` credentials.
    ///
    /// Each is good once (RFC 6238 §5.2), and wrong ones count towards the account's lock: there are only a million.
    func check(_ passcode: AuthRequest.Passcode, _ context: inout AuthContext) async throws {
        guard let account = try await account(passcode.user, withSeeds: true) else {
            try await guardian.recordStranger(passcode.user)
            throw ServiceError.unauthenticated("no such user")
        }
        let user = account.user
        // Counted before it is looked at: of many at once no more are tried than the lock allows.
        guard !guardian.isLocked(user), try await guardian.takeAttempt(user) else {
            try await guardian.recordStranger(passcode.user)
            throw ServiceError.unauthenticated("the account is locked")
        }
        let now = env.clock.now()
        var window: Int64?
        for seed in account.seeds {
            guard let bytes = OneTimePasscode.decodeBase32(try env.decrypt(seed.blob)) else { continue }
            window =
                OneTimePasscode.match(
                    passcode.passcode, bytes, at: now, previous: env.multiFactor.previousPasscodes) ?? window
        }
        guard let window, try await spend(window, user) else {
            throw ServiceError.unauthenticated("wrong or spent passcode")
        }
        try await guardian.giveAttemptBack(user)
        guard account.isEnabled else {
            throw ServiceError.unauthenticated("the account or its domain is disabled")
        }
        try context.add(user.id, .totp)
        context.account = (user, account.domain)
    }

    private func spend(_ window: Int64, _ user: User) async throws -> Bool {
        try await env.database.transaction("spend passcode") { try UserStore.spendPasscode(window, of: user.id, $0) }
    }
}
