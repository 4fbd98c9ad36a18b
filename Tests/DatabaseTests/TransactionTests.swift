import Core
import Database
import Glibc
import Logging
import TestSupport
import Testing

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct TransactionTests {
    @Test func transactionsThatDeadlockAreRunAgainAndAllCommit() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL)")
            try await database.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
            let runs = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        try await database.transaction("cross") { transaction in
                            runs.add()
                            let order = index % 2 == 0 ? [1, 2] : [2, 1]
                            for id in order { try transaction.execute("UPDATE t SET n = n + 1 WHERE id = \(id)") }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await database.query("SELECT n FROM t")
            #expect(try rows.map { try $0.get("n", as: Int.self) } == [40, 40])
            #expect(runs.value >= 40)
        }
    }

    /// The server tells the victim after the first part of its answer: libmariadb then takes the rest for still to come.
    @Test func aDeadlockAmongLockingReadsIsRunAgainOnTheSameConnections() async throws {
        try await TestServices.withDatabase(poolSize: 2) { database in
            try await database.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL)")
            try await database.execute("INSERT INTO t VALUES (1, 0), (2, 0), (3, 0), (4, 0)")
            let holding = Counter()
            let runs = Counter()
            let connections = Locked<Set<Int>>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[1, 3], [3, 1]] {
                    group.addTask {
                        try await database.transaction("cross") { transaction in
                            runs.add()
                            let id: Int = try #require(
                                try transaction.first("SELECT CONNECTION_ID() AS id")
                            ).get("id")
                            connections.withLock { _ = $0.insert(id) }
                            for first in order {
                                _ = try transaction.query(
                                    "SELECT n FROM t WHERE id >= \(first) AND id < \(first + 2) ORDER BY id FOR UPDATE")
                                // Each holds its first rows before either asks for the other's.
                                holding.add()
                                for _ in 0..<2000 where holding.value < 2 { usleep(1000) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(runs.value == 3)
            #expect(connections.withLock { $0.count } == 2)
        }
    }

    @Test func whatABodyThrowsRollsBackAndIsThrownOn() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (id INT PRIMARY KEY)")
            await #expect(throws: Refused.self) {
                try await database.transaction("refused") { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    throw Refused()
                }
            }
            #expect(try await database.query("SELECT * FROM t").isEmpty)
        }
    }

    @Test func conditionalUpdatesTellChangedFromConflictFromMissing() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (id INT PRIMARY KEY, state VARCHAR(10))")
            try await database.execute("INSERT INTO t VALUES (1, 'idle')")
            func start(_ id: Int) async throws -> Change {
                try await database.change(
                    "UPDATE t SET state = 'busy' WHERE id = \(id) AND state = 'idle'",
                    reading: "SELECT * FROM t WHERE id = \(id)")
            }
            guard case .changed(let row) = try await start(1) else { throw Refused() }
            #expect(try row.get("state") == "busy")
            guard case .conflict(let current) = try await start(1) else { throw Refused() }
            #expect(try current.get("state") == "busy")
            guard case .missing = try await start(2) else { throw Refused() }
        }
    }

    @Test func anUpdateThatChangesNothingStillCountsItsRow() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT)")
            try await database.execute("INSERT INTO t VALUES (1, 5)")
            #expect(try await database.execute("UPDATE t SET n = 5 WHERE id = 1") == 1)
        }
    }

    @Test func aDuplicateKeyIsAConflictThatNamesTheKey() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute(
                "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9), UNIQUE KEY uq_name (name))")
            try await database.execute("INSERT INTO t VALUES (1, 'a')")
            let error = await #expect(throws: ServiceError.self) {
                try await database.execute("INSERT INTO t VALUES (2, 'a')")
            }
            #expect(error?.code == .conflict)
            #expect(error?.duplicateKey == "uq_name")
        }
    }

    @Test func aConnectionKilledByTheServerIsMadeAgain() async throws {
        try await TestServices.withDatabase(poolSize: 1) { database in
            let id: Int = try #require(try await database.first("SELECT CONNECTION_ID() AS id")).get("id")
            let killed = Counter()
            let result = try await database.transaction("killed") { transaction in
                killed.add()
                if killed.value == 1 {
                    // The server closes this very connection; the statement itself reports it.
                    try transaction.execute("KILL CONNECTION \(id)")
                    _ = try transaction.query("SELECT 1 AS one")
                }
                return try transaction.first("SELECT 2 AS two")?.get("two", as: Int.self)
            }
            #expect(result == 2)
            #expect(killed.value == 2)
        }
    }

    @Test func anUnreachableServerIsUnavailableAfterABoundedTime() async throws {
        let database = try await Database(
            DatabaseOptions(
                socket: "/nonexistent/socket", user: "root", name: "x", poolSize: 1,
                connectTimeout: .milliseconds(200)),
            logger: Logger(label: "test"))
        let error = await #expect(throws: ServiceError.self) { try await database.query("SELECT 1") }
        #expect(error?.code == .unavailable)
        await database.close()
        let closed = await #expect(throws: ServiceError.self) { try await database.query("SELECT 1") }
        #expect(closed?.code == .unavailable)
    }
}

private struct Refused: Error {}

final class Counter: Sendable {
    private let count = Locked(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}
