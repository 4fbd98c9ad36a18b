import Core
import Crypto
import Database
import FoundationEssentials

/// Locks accounts after too many wrong passwords or passcodes, wherever they are tried.
struct AccountGuard: Sendable {
    let env: IdentityEnvironment

    func isLocked(_ user: User) -> Bool {
        let rules = env.compliance
        guard rules.lockoutAttempts > 0, user.failedAttempts >= rules.lockoutAttempts,
            !user.hasOption("ignore_lockout_failure_attempts"), let last = user.lastFailureAt
        else { return false }
        return env.clock.now().timeIntervalSince(last) < rules.lockoutDuration.seconds
    }

    func recordFailure(_ user: User) async throws {
        guard env.compliance.lockoutAttempts > 0 else { return }
        let lock = lock
        try await env.database.transaction("record failure") { try UserStore.addFailure(user.id, lock, $0) }
    }

    /// Does for somebody who does not exist, or is locked, what takes as long as `recordFailure`.
    func recordStranger(_ reference: AuthRequest.Reference) async throws {
        guard env.compliance.lockoutAttempts > 0 else { return }
        let now = env.clock.now()
        // A thousand rows, so that guesses at different names do not wait for one another, and no more.
        let hash = Array(SHA256.hash(data: Array((reference.id ?? reference.name ?? "").utf8)))
        let bucket = (Int(hash[0]) << 8 | Int(hash[1])) % 1024
        try await env.database.transaction("record failure") {
            try UserStore.addStrangerFailure(bucket, at: now, $0)
        }
    }

    /// Counts an attempt before its outcome is known.
    /// - Returns: false when others, under way or failed, have used up what the lock allows.
    func takeAttempt(_ user: User) async throws -> Bool {
        let lock = lock
        guard lock.limit > 0, !user.hasOption("ignore_lockout_failure_attempts") else { return true }
        return try await env.database.transaction("take attempt") { try UserStore.takeAttempt(user.id, lock, $0) }
    }

    private var lock: AccountLock {
        let now = env.clock.now()
        return AccountLock(
            limit: env.compliance.lockoutAttempts, now: now,
            lapse: now.addingTimeInterval(-env.compliance.lockoutDuration.seconds))
    }

    /// One that was right after all.
    func giveAttemptBack(_ user: User) async throws {
        guard env.compliance.lockoutAttempts > 0, !user.hasOption("ignore_lockout_failure_attempts") else { return }
        try await env.database.transaction("give attempt back") { try UserStore.giveAttemptBack(user.id, $0) }
    }

    func clearFailures(_ user: User) async throws {
        guard user.failedAttempts > 0 else { return }
        try await env.database.transaction("clear failures") { try UserStore.clearFailures(user.id, $0) }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) }
}
