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
                answer: { result, _ in
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

    /// Runs nothing: a place to be told apart from others.
    private final class Place: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {}
    }

    @Test func ofThoseInOnePlaceTheFirstHandsTheAnswerOn() {
        let told = Locked<[Int: Int]>([:])
        func asker(_ number: Int, _ place: Place?) -> SharedReads.Asker {
            SharedReads.Asker(
                answer: { result, others in
                    told.withLock { $0[number] = others.count }
                    for other in others { other.answer(result, []) }
                }, cost: nil, executor: place?.asUnownedTaskExecutor())
        }
        let places = (Place(), Place())
        SharedReads.answer(
            [
                asker(1, places.0), asker(2, nil), asker(3, places.1), asker(4, places.0), asker(5, nil),
                asker(6, places.0),
            ], .success([Row]()))
        withExtendedLifetime(places) {}
        #expect(told.withLock { $0 } == [1: 2, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0])
    }

    @Test func questionsThatAreMadeIntoOtherTypesAreOthers() throws {
        let reads = SharedReads(limit: 10)
        let answers = Answers()
        let number = SharedReads.Question(text: "SELECT 1", values: [], type: ObjectIdentifier(Int?.self))
        #expect(try reads.join(question, answers.asker(1)))
        #expect(try reads.join(number, answers.asker(2)))
    }

    @Test(.enabled(if: TestServices.isDatabaseAvailable))
    func aSharedRowIsMadeOnceForAllAndNoRowIsNone() async throws {
        try await TestServices.withDatabase { database in
            try await database.execute("CREATE TABLE t (n INT)")
            let read: @Sendable (Row) throws -> Int = { try $0.get("n") }
            #expect(try await database.sharedFirst("SELECT n FROM t", read) == nil)
            try await database.execute("INSERT INTO t VALUES (7)")
            #expect(try await database.sharedFirst("SELECT n FROM t", read) == 7)
            let texts = try await database.sharedFirst("SELECT n FROM t") { try $0.get("n", as: String.self) }
            #expect(texts == "7")
            await #expect(throws: ServiceError.self) {
                try await database.sharedFirst("SELECT n FROM t") { try $0.get("other", as: Int.self) }
            }
        }
    }

    @Test(.enabled(if: TestServices.isDatabaseAvailable), .timeLimit(.minutes(10)))
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
