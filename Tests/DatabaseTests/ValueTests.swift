import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

enum Colour: String, SQLValue { case red, green }
enum Plain: String { case yes }

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct ValueTests {
    @Test func valuesOfEveryTypeComeBackAsTheyWereBound() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute(
                """
                CREATE TABLE t (id VARCHAR(36) PRIMARY KEY, i BIGINT, d DOUBLE, at DATETIME(6), b LONGBLOB, s LONGTEXT,
                    f BOOLEAN, colour VARCHAR(10)) CHARACTER SET utf8mb4
                """)
            let id: ServerID = ID("a")
            let at = Date(timeIntervalSince1970: 1_700_000_000.123456)
            let long = String(repeating: "ä€😀'\"\\", count: 20_000)
            let bytes = [UInt8](repeating: 0, count: 3) + [255, 39, 92]
            try await database.execute(
                """
                INSERT INTO t VALUES (\(id), \(Int64.min), \(1.5), \(at), \(bytes), \(long), \(true), \(Colour.green))
                """)
            let none: String? = nil
            try await database.execute("INSERT INTO t (id, s, at) VALUES ('b', \(none), \(Date?.none))")
            let row = try #require(try await database.first("SELECT *, SUM(i) AS total FROM t WHERE id = \(id)"))
            #expect(try row.get("id") == id)
            #expect(try row.get("i") == Int64.min)
            #expect(try row.get("d") == 1.5)
            #expect(try row.get("at", as: Date.self).timeIntervalSince(at).magnitude < 0.000_001)
            #expect(try row.get("b") == bytes)
            #expect(try row.get("s") == long)
            #expect(try row.get("f") == true)
            #expect(try row.get("colour") == Colour.green)
            #expect(try row.get("total") == Int64.min)
            let other = try #require(try await database.first("SELECT *, 'yes' AS p FROM t WHERE id = 'b'"))
            #expect(try other.get("s", as: String?.self) == nil)
            #expect(try other.get("at", as: Date?.self) == nil)
            #expect(try other.get("colour") as Colour? == nil)
            #expect(try other.get("p") == Plain.yes)
            #expect(throws: ServiceError.self) { try other.get("s", as: String.self) }
            #expect(throws: ServiceError.self) { try other.get("nothing", as: String.self) }
        }
    }

    /// 1290: started or set read-only; 1021: the disk is full. Both pass, so they are no internal errors.
    @Test(arguments: [1290, 1021]) func aServerThatTakesNoChangesIsUnavailable(number: Int) async throws {
        try await TestServices.withDatabase { database in
            let error = await #expect(throws: ServiceError.self) {
                let code: SQL = number == 1290 ? "1290" : "1021"
                try await database.execute("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = \(sql: code)")
            }
            #expect(error?.code == .unavailable)
        }
    }

    @Test func datesBeforeTheEpochAndFarAheadAreKept() async throws {
        try await TestServices.withDatabase { database in
            for seconds in [-1.5, -2_208_988_800, 0, 951_782_400, 4_102_444_800.000001] {
                let date = Date(timeIntervalSince1970: seconds)
                let row = try await database.first("SELECT CAST(\(date) AS DATETIME(6)) AS at")
                #expect(try row?.get("at", as: Date.self).timeIntervalSince(date).magnitude ?? 1 < 0.000_002)
            }
        }
    }

    @Test func listsBindEachValueAndAnEmptyListMatchesNothing() async throws {
        try await TestServices.withDatabase { database in
            let hostile = ["x", "'; DROP TABLE t; --"]
            let found = try await database.first(
                "SELECT COUNT(*) AS n FROM (SELECT 'x' AS v) s WHERE v IN \(anyOf: hostile)")
            #expect(try found?.get("n") == 1)
            let none = try await database.first(
                "SELECT COUNT(*) AS n FROM (SELECT 'x' AS v) s WHERE v IN \(anyOf: [String]())")
            #expect(try none?.get("n") == 0)
        }
    }

    @Test func aStatementPreparedBeforeItsTableChangedIsPreparedAgain() async throws {
        try await TestServices.withDatabase(poolSize: 1) { database in
            try await database.execute("CREATE TABLE t (a INT)")
            try await database.execute("INSERT INTO t VALUES (1)")
            let all: SQL = "SELECT * FROM t"
            #expect(try await database.first(all)?.columnNames == ["a"])
            try await database.execute("ALTER TABLE t ADD COLUMN b VARCHAR(10) DEFAULT 'x'")
            let row = try #require(try await database.first(all))
            #expect(row.columnNames == ["a", "b"])
            #expect(try row.get("b") == "x")
        }
    }

    @Test func moreStatementsThanTheCacheHoldsStillWork() async throws {
        try await TestServices.withDatabase(poolSize: 1) { database in
            for count in 1...450 {
                let row = try await database.first("SELECT 1 AS one WHERE 1 IN \(anyOf: Array(1...count))")
                #expect(try row?.get("one") == 1)
            }
        }
    }

    /// Such values come from requests, and were answered with 500.
    @Test(arguments: [("s", "abcdef"), ("i", "99999999999"), ("at", "9999999-01-01"), ("at", "never")])
    func aValueThatItsColumnCannotHoldIsTheRequestsMistake(column: String, value: String) async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (s VARCHAR(3), i INT, at DATETIME)")
            let statement: SQL =
                switch column {
                case "s": "INSERT INTO t (s) VALUES (\(value))"
                case "i": "INSERT INTO t (i) VALUES (\(value))"
                default: "INSERT INTO t (at) VALUES (\(value))"
                }
            let error = try await #require(throws: ServiceError.self) { try await database.execute(statement) }
            #expect(error.code == .badRequest)
        }
    }

    /// MariaDB's client library before 3.3.20 forgot the lengths of a row's texts when a long one was among them.
    @Test func aShortTextBesideALongOneIsReadWhole() async throws {
        try await TestServices.withDatabase { database in
            let rows = try await database.query(
                "SELECT REPEAT('a', 1000) AS big, 'x' AS small UNION ALL SELECT REPEAT('b', 5000), 'y'")
            #expect(try rows.map { try $0.get("big", as: String.self).count } == [1000, 5000])
            #expect(try rows.map { try $0.get("small", as: String.self) } == ["x", "y"])
        }
    }

    /// An id in a URL can hold any character; its column knows ASCII only. Was answered with 500.
    @Test func aValueOfAnotherAlphabetThanItsColumnIsTheRequestsMistake() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (id VARCHAR(36) CHARACTER SET ascii)")
            let statement: SQL = "SELECT id FROM t WHERE id = \("\u{FFFD}\u{FFFD}")"
            let error = try await #require(throws: ServiceError.self) { try await database.query(statement) }
            #expect(error.code == .badRequest)
        }
    }
}
