import Core
import Synchronization
import TestSupport
import Testing

@testable import Database

struct SharedReadTests {
    private let question = SharedReads.Question(text: "SELECT 1", values: [])

    /// Collects who was answered with an error.
    private final class Answers: Sendable {
        let failed = Locked<[Int]>([])

        func asker(_ number: Int) -> SharedReads.Asker {
            SharedReads.Asker(
                answer: { result in
                    if case .failure = result { self.failed.withLock { $0.append(number) } }
                }, cost: nil)
        }
    }

    @Test func whoComesBeforeARunSharesItAndWhoComesDuringItSharesTheNext() throws {
        let reads = SharedReads(limit: 10)
        let answers = Answers()
        #expect(try reads.join(question, answers.asker(1)))
        #expect(try !reads.join(question, answers.asker(2)))
        #expect(reads.begin(question).count == 2)
        #expect(try !reads.join(question, answers.asker(3)))
        #expect(try !reads.join(question, answers.asker(4)))
        #expect(reads.end(question))
        #expect(reads.begin(question).count == 2)
        #expect(!reads.end(question))
        #expect(try reads.join(question, answers.asker(5)))
    }

    @Test func questionsWithOtherValuesAreOthers() throws {
        let reads = SharedReads(limit: 10)
        let answers = Answers()
        #expect(try reads.join(SharedReads.Question(text: "SELECT ?", values: [.integer(1)]), answers.asker(1)))
        #expect(try reads.join(SharedReads.Question(text: "SELECT ?", values: [.integer(2)]), answers.asker(2)))
    }

    @Test func noMoreWaitThanTheLimitAndAllAreToldOfAFailure() throws {
        let reads = SharedReads(limit: 2)
        let answers = Answers()
        _ = try reads.join(question, answers.asker(1))
        _ = try reads.join(question, answers.asker(2))
        let error = try #require(throws: ServiceError.self) { try reads.join(question, answers.asker(3)) }
        #expect(error.code == .unavailable)
        reads.fail(question, error)
        #expect(answers.failed.withLock { $0 } == [1, 2])
        #expect(try reads.join(question, answers.asker(4)))
    }

    @Test(.enabled(if: TestServices.isDatabaseAvailable), .timeLimit(.minutes(1)))
    func nobodyGetsRowsThatAreOlderThanItsQuestion() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (n INT)")
            try await database.execute("INSERT INTO t VALUES (0)")
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        while !isOver.isUp { _ = try await database.sharedQuery("SELECT n FROM t") }
                    }
                }
                defer { isOver.raise() }
                for number in 1...200 {
                    try await database.execute("UPDATE t SET n = \(number)")
                    let cost = RequestCost()
                    let rows = try await RequestCost.$current.withValue(cost) {
                        try await database.sharedQuery("SELECT n FROM t")
                    }
                    #expect(try rows.first?.get("n", as: Int.self) == number)
                    #expect(cost.queries == 1)
                }
            }
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)

    var isUp: Bool { value.load(ordering: .relaxed) }

    func raise() { value.store(true, ordering: .relaxed) }
}
