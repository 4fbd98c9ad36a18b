import Core
import Database

extension KeystoneImport {
    /// Makes the Keystone's token keys identity's, so that tokens stay valid, both ways.
    ///
    /// Keys that were taken over once and rotated since are left as they are.
    /// - Returns: whether the folder changes.
    package func takeTokenKeys(
        from theirs: FernetKeyFolder, to ours: FernetKeyFolder, isTrial: Bool
    ) async throws -> Bool {
        let wanted = try theirs.keySet()
        let present = try ours.numbers().isEmpty ? [:] : ours.keySet().keys
        guard Set(present.values).isDisjoint(with: wanted.keys.values) else { return false }
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
}
