import Core

/// Hashes and verifies on threads of its own, behind a queue with a limit.
///
/// A hash costs tens of milliseconds of CPU by intent: without the limit a burst of logins would
/// starve every other request.
package final class PasswordHasher: Sendable {
    /// Bytes; a longer password is refused before any hashing.
    package static let maximumLength = 4096

    private let scheme: PasswordScheme
    private let pool: BlockingPool
    /// The hash of no password, verified against when there is no user, so that both take equal time.
    private let decoy: String

    /// Computes one hash at once, for the decoy.
    package init(scheme: PasswordScheme, threads: Int, maximumQueue: Int) throws {
        self.scheme = scheme
        pool = BlockingPool(name: "passwords", threads: threads, maxQueue: maximumQueue)
        decoy = try scheme.hash(RandomBytes.make(24).map { $0 | 1 })
    }

    /// - Throws: `.badRequest` for what cannot be a password, `.rateLimited` when the queue is full.
    package func hash(_ password: String) async throws -> String {
        let bytes = Array(password.utf8)
        guard bytes.count <= Self.maximumLength else {
            throw ServiceError(
                .badRequest, "The password length must be less than or equal to \(Self.maximumLength) bytes.")
        }
        guard !bytes.contains(0) else { throw ServiceError(.badRequest, "A password cannot contain a zero byte.") }
        return try await pool.run { [scheme] in try scheme.hash(bytes) }
    }

    /// Whether one of `hashes` is that of `password`; takes as long when there is none to compare with.
    package func verify(_ password: String, _ hash: String?) async throws -> Bool {
        let bytes = Array(password.utf8)
        let isPossible = bytes.count <= Self.maximumLength && !bytes.contains(0)
        let subject = isPossible ? bytes : [UInt8(ascii: "x")]
        return try await pool.run { [decoy] in
            let matches = PasswordScheme.verify(subject, hash ?? decoy)
            return matches && hash != nil && isPossible
        }
    }
}
