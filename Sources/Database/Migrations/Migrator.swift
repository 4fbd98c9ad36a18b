import Core

/// Brings a service's schema up to date, and checks at start that it is.
public enum Migrator {
    /// Runs the migrations that have not been, in order, under a lock: several callers at once do it once.
    /// - Returns: how many were run.
    /// - Throws: `.conflict` when one that was run has been edited since, or the schema is newer than the program.
    public static func migrate(_ database: Database, service: String, _ migrations: [Migration]) async throws -> Int {
        try await database.withConnection("migrating") { connection in
            let lock = "apus-migrate-\(database.name)-\(service)"
            let taken = try connection.query("SELECT COALESCE(GET_LOCK(\(lock), 60), 0) AS taken").first
            guard try taken?.get("taken") == 1 else {
                throw ServiceError(.unavailable, "Another migration of \(service) is running.")
            }
            defer { release(lock, connection) }
            _ = try connection.execute(Self.table)
            let applied = try Applied(connection.query(Applied.all(service)))
            let pending = try applied.pending(migrations, service, connection)
            for migration in pending {
                do {
                    _ = try connection.run(migration.statement.text)
                } catch {
                    throw ServiceError(
                        .internal, "Migration \(migration.number) (\(migration.name)) of \(service) failed.",
                        detail: "\(error)", cause: error)
                }
                _ = try connection.execute(
                    """
                    INSERT INTO schema_migrations (service, number, name, checksum, applied_at)
                    VALUES (\(service), \(migration.number), \(migration.name),
                        SHA2(\(migration.statement.text), 256), UTC_TIMESTAMP(6))
                    """)
            }
            return pending.count
        }
    }

    /// Checks that the schema is the one this program knows.
    /// - Throws: `.unavailable` that names the command to run.
    public static func check(_ database: Database, service: String, _ migrations: [Migration]) async throws {
        let behind = ServiceError(
            .unavailable,
            "The schema of database \(database.name) is not up to date: run `apus migrate \(service)`.")
        do {
            let pending = try await database.withConnection("checking the schema") { connection in
                let applied = try Applied(connection.query(Applied.all(service)))
                return try applied.pending(migrations, service, connection).count
            }
            if pending > 0 { throw behind }
        } catch let error as ServiceError where (error.cause as? DatabaseError)?.number == 1146 {
            throw behind
        }
    }

    private static func release(_ lock: String, _ connection: Connection) {
        // Closing the connection releases it as well, so a failure here loses nothing.
        _ = try? connection.query("SELECT RELEASE_LOCK(\(lock)) AS released")
    }

    private static let table: SQL = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            service VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            number INT NOT NULL,
            name VARCHAR(255) NOT NULL,
            checksum CHAR(64) NOT NULL,
            applied_at DATETIME(6) NOT NULL,
            PRIMARY KEY (service, number)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """
}

/// The migrations that have been run, by number.
private struct Applied {
    private var checksums: [Int: String] = [:]

    static func all(_ service: String) -> SQL {
        "SELECT number, checksum FROM schema_migrations WHERE service = \(service) ORDER BY number"
    }

    init(_ rows: [Row]) throws {
        for row in rows { checksums[try row.get("number")] = try row.get("checksum", as: String.self) }
    }

    /// Those of `migrations` still to run.
    func pending(_ migrations: [Migration], _ service: String, _ connection: Connection) throws -> [Migration] {
        guard Set(migrations.map(\.number)).count == migrations.count else {
            throw ServiceError(.internal, "Two migrations of \(service) have the same number.")
        }
        let known = Set(migrations.map(\.number))
        if let newer = checksums.keys.filter({ !known.contains($0) }).max() {
            throw ServiceError(
                .conflict, "The schema of \(service) has migration \(newer), which this program does not know.")
        }
        for migration in migrations {
            guard let stored = checksums[migration.number] else { continue }
            let row = try connection.query("SELECT SHA2(\(migration.statement.text), 256) AS checksum").first
            guard try row?.get("checksum") == stored else {
                throw ServiceError(
                    .conflict,
                    "Migration \(migration.number) (\(migration.name)) of \(service) was edited after it ran.")
            }
        }
        return migrations.filter { checksums[$0.number] == nil }.sorted { $0.number < $1.number }
    }
}
