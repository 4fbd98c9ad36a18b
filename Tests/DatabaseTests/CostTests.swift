import Core
import Database
import TestSupport
import Testing

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct CostTests {
    @Test func everyStatementIsChargedToTheRequestThatNeedsIt() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (id INT PRIMARY KEY)")
            let events = Locked<[RequestCost.Event]>([])
            let cost = RequestCost { event in events.withLock { $0.append(event) } }
            try await RequestCost.$current.withValue(cost) {
                _ = try await database.query("SELECT * FROM t")
                try await database.transaction("two") { transaction in
                    try transaction.execute("INSERT INTO t VALUES (\(1))")
                    try transaction.execute("INSERT INTO t VALUES (\(2))")
                }
            }
            _ = try await database.query("SELECT * FROM t")
            #expect(cost.queries == 5)
            #expect(cost.calls == 0)
            #expect(
                events.withLock { $0 } == [
                    .query("SELECT * FROM t"), .query("START TRANSACTION"), .query("INSERT INTO t VALUES (?)"),
                    .query("INSERT INTO t VALUES (?)"), .query("COMMIT"),
                ])
        }
    }
}
