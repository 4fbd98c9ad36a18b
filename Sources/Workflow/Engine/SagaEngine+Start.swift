public import Core
public import Database

extension SagaEngine {
    /// Creates a saga in the transaction that accepts the request; `wake` an engine after the commit.
    ///
    /// - Parameter subject: the id of the resource it is about, by which reports and operators find it.
    public static func start<S: Saga>(
        _: S.Type, id: String, subject: String, state: S.State, context: RequestContext, in transaction: Transaction
    ) throws where S.Environment == Environment {
        try SagaStarter.start(
            name: S.name, version: S.version, id: id, subject: subject, state: state, context: context, in: transaction)
    }

    /// The same for one that knows the saga's name and state but not its steps.
    public static func start(
        name: String, version: Int, id: String, subject: String, state: some Codable & Sendable,
        context: RequestContext, in transaction: Transaction
    ) throws {
        try SagaStarter.start(
            name: name, version: version, id: id, subject: subject, state: state, context: context, in: transaction)
    }
}

/// Creates sagas without an engine, for a process that runs none of their steps.
public enum SagaStarter {
    public static func start<S: Saga>(
        _: S.Type, id: String, subject: String, state: S.State, context: RequestContext, in transaction: Transaction
    ) throws {
        try start(
            name: S.name, version: S.version, id: id, subject: subject, state: state, context: context, in: transaction)
    }

    public static func start(
        name: String, version: Int, id: String, subject: String, state: some Codable & Sendable,
        context: RequestContext, in transaction: Transaction
    ) throws {
        try start(
            name: name, version: version, sagas: [New(id: id, subject: subject, state: state)], context: context,
            in: transaction)
    }

    /// One of several sagas of a kind that start together.
    public struct New<State: Codable & Sendable>: Sendable {
        let id: String
        let subject: String
        let state: State

        public init(id: String, subject: String, state: State) {
            self.id = id
            self.subject = subject
            self.state = state
        }
    }

    /// Starts all of them with one statement.
    public static func start<State>(
        name: String, version: Int, sagas: [New<State>], context: RequestContext, in transaction: Transaction
    ) throws {
        guard !sagas.isEmpty else { return }
        var context = context
        context.deadline = nil  // the saga outlives the request
        let kept = try encodeState(context)
        let rows = try sagas.map { saga -> SQL in
            """
            (\(saga.id), \(name), \(version), \(saga.subject), 'running', \(try encodeState(saga.state)), \(kept),
                UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
            """
        }
        try transaction.execute(
            """
            INSERT INTO sagas (id, name, version, subject, status, state, context, due_at, step_started_at,
                created_at, updated_at)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }
}
