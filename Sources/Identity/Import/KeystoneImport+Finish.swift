import Core
package import Database
import FoundationEssentials

/// Tells of the import that was finished.
package let identityImportMigrations: [Migration] = [
    Migration(
        49, "when a Keystone was taken over",
        """
        CREATE TABLE IF NOT EXISTS finished_imports (
            id TINYINT NOT NULL PRIMARY KEY CHECK (id = 1),
            finished_at DATETIME(6) NOT NULL
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """)
]

extension KeystoneImport {
    /// Notes that rows and keys are here: from now on identity is changed, and the Keystone no longer.
    package func finish() async throws {
        let now = env.clock.now()
        _ = try await env.database.execute(
            """
            INSERT INTO finished_imports (id, finished_at) VALUES (1, \(now))
            ON DUPLICATE KEY UPDATE finished_at = \(now)
            """)
    }

    func finishedAt() async throws -> Date? {
        try await env.database.first("SELECT finished_at FROM finished_imports WHERE id = 1")?.get("finished_at")
    }

    /// - Throws: `.conflict` after `finish`. What was deleted since would come back: a role that was taken away, a
    ///   leaver's password and application credentials.
    func checkUnfinished() async throws {
        guard let end = try await finishedAt() else { return }
        throw ServiceError(
            .conflict,
            "The Keystone was taken over at \(end.iso8601). Users, roles and credentials that were deleted or taken away "
                + "since would come back: give --again if that is meant.")
    }
}
