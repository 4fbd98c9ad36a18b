import Core
import Database

extension KeystoneImport {
    /// Makes the Keystone's token keys identity's, so that tokens stay valid, both ways.
    ///
    /// After a break it goes on. Keys that were taken over once and rotated since are left as they are, and so is all
    /// after `finish`: tokens have been made with them.
    /// - Returns: whether the folder changes.
    package func takeTokenKeys(
        from theirs: FernetKeyFolder, to ours: FernetKeyFolder, isTrial: Bool
    ) async throws -> Bool {
        let wanted = try theirs.keySet()
        let present = try ours.numbers().isEmpty ? [:] : ours.keySet().keys
        let isTaken = present == wanted.keys || Self.isRotated(present, since: wanted)
        guard !isTaken, try await finishedAt() == nil else { return false }
        let rotates = try await env.database.first("SELECT 1 AS found FROM token_keys") != nil
        guard !rotates else {
            throw ServiceError(
                .conflict,
                "Identity rotates its token keys by itself already: take a Keystone's keys over before it first runs with "
                    + "[fernet_tokens] rotation_interval.")
        }
        if !isTrial { try ours.replace(with: wanted) }
        return true
    }

    /// Whether the staged key became the next primary one.
    private static func isRotated(_ keys: [Int: String], since old: FernetKeySet) -> Bool {
        guard let staged = old.keys[0], let primary = old.keys.keys.max() else { return false }
        return keys[primary + 1] == staged
    }
}
