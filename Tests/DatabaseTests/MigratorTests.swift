import Core
import Database
import TestSupport
import Testing

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct MigratorTests {
    private let first = Migration(1, "things", "CREATE TABLE IF NOT EXISTS things (id INT PRIMARY KEY)")
    private let second = Migration(2, "names", "ALTER TABLE things ADD COLUMN IF NOT EXISTS name VARCHAR(9)")

    @Test func migrationsRunOnceAndInOrder() async throws {
        try await TestServices.withDatabase { database in
            #expect(try await Migrator.migrate(database, service: "s", [second, first]) == 2)
            #expect(try await Migrator.migrate(database, service: "s", [first, second]) == 0)
            try await Migrator.check(database, service: "s", [first, second])
            try await database.execute("INSERT INTO things VALUES (1, 'a')")
        }
    }

    @Test func manyAtOnceMigrateOnce() async throws {
        try await TestServices.withDatabase { database in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await Migrator.migrate(database, service: "s", [first, second]) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 0, 2])
        }
    }

    @Test func aSchemaThatIsBehindNamesTheCommand() async throws {
        try await TestServices.withDatabase { database in
            let none = await #expect(throws: ServiceError.self) {
                try await Migrator.check(database, service: "s", [first])
            }
            #expect(none?.message.contains("apus migrate s") == true)
            _ = try await Migrator.migrate(database, service: "s", [first])
            await #expect(throws: ServiceError.self) {
                try await Migrator.check(database, service: "s", [first, second])
            }
        }
    }

    @Test func editedAndUnknownMigrationsAreRefused() async throws {
        try await TestServices.withDatabase { database in
            _ = try await Migrator.migrate(database, service: "s", [first, second])
            let edited = Migration(1, "things", "CREATE TABLE IF NOT EXISTS other (id INT)")
            await #expect(throws: ServiceError.self) {
                try await Migrator.migrate(database, service: "s", [edited, second])
            }
            await #expect(throws: ServiceError.self) { try await Migrator.check(database, service: "s", [first]) }
        }
    }
}
