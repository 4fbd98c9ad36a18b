import Core

/// Reads that several ask for at a time: those who come before one begins share it, and those who come while it runs
/// share the next. Each gets what the database held after it had asked, and a crowd of the same question costs two.
final class SharedReads: Sendable {
    typealias Answer = @Sendable (Result<[Row], any Error>) -> Void

    struct Question: Hashable {
        let text: String
        let values: [SQLData]
    }

    /// One who waits, and what its request has cost.
    struct Asker {
        let answer: Answer
        let cost: RequestCost?
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
        for asker in askers { asker.answer(.failure(error)) }
    }
}
