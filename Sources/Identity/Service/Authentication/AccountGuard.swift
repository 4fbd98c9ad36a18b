import Core
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
        let now = env.clock.now()
        let hasLapsed = user.failedAttempts >= env.compliance.lockoutAttempts
        try await env.database.transaction("record failure") { tx in
            // A lock that has run out starts a new count.
            if hasLapsed { try UserStore.clearFailures(user.id, tx) }
            try UserStore.addFailure(user.id, at: now, tx)
        }
    }

    func clearFailures(_ user: User) async throws {
        guard user.failedAttempts > 0 else { return }
        try await env.database.transaction("clear failures") { try UserStore.clearFailures(user.id, $0) }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) }
}
