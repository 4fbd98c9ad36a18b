import Core

/// Reads that several ask for at a time: those who come before one begins share it, and those who come while it runs
/// share the next. Each gets what the database held after it had asked, and a crowd of the same question costs two.
final class SharedReads: Sendable {
    typealias Answer = @Sendable (Result<any Sendable, any Error>, _ others: [Asker]) -> Void

    struct Question: Hashable {
        let text: String
        let values: [SQLData]
        /// The type that the rows are made into, which is done once for all who ask.
        var type = ObjectIdentifier([Row].self)
    }

    /// One who waits, and what its request has cost.
    struct Asker {
        /// Hands the answer over, and others to whom the one who is answered hands it on.
        let answer: Answer
        let cost: RequestCost?
        /// Where its task runs, if that is a place of its own.
        var executor: UnownedTaskExecutor?
    }

    /// Gives all the answer. Of those whose tasks run in one place the first alone is woken, and sees to the others when
    /// it is there: to wake a thread for each of them costs more than all the rest.
    static func answer(_ askers: [Asker], _ result: Result<any Sendable, any Error>) {
        var groups: [(executor: UnownedTaskExecutor?, askers: [Asker])] = []
        for asker in askers {
            if asker.executor != nil, let index = groups.firstIndex(where: { $0.executor == asker.executor }) {
                groups[index].askers.append(asker)
            } else {
                groups.append((asker.executor, [asker]))
            }
        }
        for group in groups { group.askers[0].answer(result, Array(group.askers.dropFirst())) }
    }

    private struct State {
        /// Who waits for the next run, by question; a question is here while a run of it is to come or under way.
        var waiting: [Question: [Asker]] = [:]
        var count = 0
    }

    private let state = Locked(State())
    private let limit: Int

    /// - Parameter limit: how many may wait in all.
    init(limit: Int) { self.limit = limit }

    /// - Returns: whether the asker is the first, who has to see that the question is run.
    /// - Throws: `.unavailable` when too many wait.
    func join(_ question: Question, _ asker: Asker) throws -> Bool {
        try state.withLock { state in
            guard state.count < limit else {
                throw ServiceError(
                    .unavailable, "The service is busy; try again later.", detail: "too many wait for shared reads")
            }
            state.count += 1
            guard state.waiting[question] != nil else {
                state.waiting[question] = [asker]
                return true
            }
            state.waiting[question]?.append(asker)
            return false
        }
    }

    /// A run of the question begins: those who get its answer.
    func begin(_ question: Question) -> [Asker] {
        state.withLock { state in
            let askers = state.waiting.updateValue([], forKey: question) ?? []
            state.count -= askers.count
            return askers
        }
    }

    /// A run has ended.
    /// - Returns: whether others have asked meanwhile, and the question is to be run again.
    func end(_ question: Question) -> Bool {
        state.withLock { state in
            if state.waiting[question]?.isEmpty ?? true {
                state.waiting[question] = nil
                return false
            }
            return true
        }
    }

    /// The question cannot be run: all who wait for it get the error.
    func fail(_ question: Question, _ error: any Error) {
        let askers = state.withLock { state -> [Asker] in
            let askers = state.waiting.removeValue(forKey: question) ?? []
            state.count -= askers.count
            return askers
        }
        Self.answer(askers, .failure(error))
    }
}
