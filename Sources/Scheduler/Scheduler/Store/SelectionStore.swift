import Core
import Database
import FoundationEssentials
import SchedulerModel

/// The scheduler's last decision about each server, for those who ask why.
struct SelectionStore: Sendable {
    let database: Database

    func save(_ selection: Selection, at now: Date) async throws {
        var short = selection
        short.ranking = Array(short.ranking.prefix(20))
        let text = try JSONValue(encoding: short).jsonText
        try await database.execute(
            """
            INSERT INTO selections (server, selection, created_at) VALUES (\(selection.server), \(text), \(now))
            ON DUPLICATE KEY UPDATE selection = VALUES(selection), created_at = VALUES(created_at)
            """)
    }

    func selection(of server: ServerID) async throws -> Selection? {
        try await database.first("SELECT selection FROM selections WHERE server = \(server)")
            .map { try $0.get("selection", as: JSONValue.self).decode(Selection.self) }
    }

    /// Forgets what is older than `age` seconds, a batch at a time.
    func purge(olderThan age: Double, now: Date) async throws {
        try await database.execute(
            "DELETE FROM selections WHERE created_at < \(now.addingTimeInterval(-age)) LIMIT 1000")
    }
}
