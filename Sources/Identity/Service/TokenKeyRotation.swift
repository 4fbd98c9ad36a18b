import Core
import Database
import FoundationEssentials
import Logging

/// Rotates the token keys when their time has come, so that all identity daemons have the same ones.
///
/// The keys lie in the database, sealed with the credential keys. One daemon wins the rotation by a conditional update;
/// each brings its own folder to what the database has. Until the others have, they open the winner's tokens with the
/// key that they had staged: that is what staging is for.
package struct TokenKeyRotation: Sendable {
    private let env: IdentityEnvironment
    private let folder: FernetKeyFolder
    /// How long a primary key is one; nil: an operator rotates.
    private let interval: Duration?

    package init(_ env: IdentityEnvironment, _ options: FernetTokenOptions) {
        self.env = env
        folder = options.folder
        interval = options.rotationInterval
    }

    /// One look at the keys. Safe to repeat, and beside other daemons.
    package func run() async throws {
        guard let interval else { return }
        let now = env.clock.now()
        let own = try folder.keySet()
        let sealed = try env.encrypt(own.text)
        let found = try await env.database.transaction("read token keys") { tx -> TokenKeyStore.Entry? in
            if let entry = try TokenKeyStore.find(tx) { return entry }
            try TokenKeyStore.begin(sealed, at: now, tx)
            return try TokenKeyStore.find(tx)
        }
        guard var entry = found else { return }
        var keys = try self.keys(of: entry)
        if now.timeIntervalSince(entry.rotatedAt) >= interval.seconds, let rotated = try await rotate(entry, keys) {
            (entry, keys) = rotated
        }
        guard keys != own else { return }
        try folder.replace(with: keys)
        env.logger.info("Token keys brought up to date", metadata: ["generation": "\(entry.generation)"])
    }

    private func keys(of entry: TokenKeyStore.Entry) throws -> FernetKeySet {
        guard let keys = FernetKeySet(text: try env.decrypt(entry.sealedKeys)) else {
            throw ServiceError(.internal, "The stored token keys cannot be read.")
        }
        return keys
    }

    /// - Returns: the keys after the rotation, by whomever; nil when they are gone.
    private func rotate(
        _ entry: TokenKeyStore.Entry, _ keys: FernetKeySet
    ) async throws -> (TokenKeyStore.Entry, FernetKeySet)? {
        let now = env.clock.now()
        let rotated = keys.rotated(keeping: folder.maximumKeys, newKey: FernetKey.generateText())
        let sealed = try env.encrypt(rotated.text)
        let after = try await env.database.transaction("rotate token keys") { tx in
            _ = try TokenKeyStore.replace(entry, with: sealed, at: now, tx)
            return try TokenKeyStore.find(tx)
        }
        guard let after else { return nil }
        return (after, try self.keys(of: after))
    }
}
