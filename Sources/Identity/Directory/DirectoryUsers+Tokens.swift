import Core
import Database
import FoundationEssentials

extension DirectoryUsers {
    /// How long what is known of users is good for.
    struct Voucher {
        var until: Date
        /// Whether something was read anew, and what came of it may be another.
        var isNew = false
    }

    /// Asks the directories about those of the users of whom too long nothing was heard.
    /// - Returns: nil when none is a directory's.
    /// - Throws: `.unavailable` when a directory has not answered for too long.
    func vouch(for users: Set<UserID>) async throws -> Voucher? {
        let ids = users.map(\.rawValue).filter(mayKnow)
        guard !ids.isEmpty else { return nil }
        let known = try await env.database.read("find directory entries") { try DirectoryStore.find(ids, .user, $0) }
        guard !known.isEmpty else { return nil }
        let options = env.settings.directories
        let now = env.clock.now()
        var voucher = Voucher(until: now.addingTimeInterval(options.maximumAge.seconds))
        for user in known {
            let checkedAt = user.checkedAt ?? .distantPast
            let end = checkedAt.addingTimeInterval(options.maximumAge.seconds)
            if end > now {
                voucher.until = min(voucher.until, end)
                continue
            }
            do {
                _ = try await find(UserID(user.id))
                voucher.isNew = true
            } catch let error as ServiceError where error.code == .unavailable || error.code == .rateLimited {
                guard checkedAt.addingTimeInterval(options.outageAge.seconds) > now else { throw error }
                // Not kept: the next validation sees whether the directory is there again.
                voucher.until = now
            }
        }
        return voucher
    }
}
