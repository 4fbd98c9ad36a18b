public import Core
import Database

extension SagaEngine {
    /// Brings what a step waits for. A second report for the same wait changes nothing, nor does one for a
    /// step that is over.
    ///
    /// - Parameters:
    ///   - generation: that of the command which is reported; an outdated one is ignored. Nil: any.
    ///   - failure: the step has failed: the saga is undone.
    /// - Returns: whether the report was taken.
    @discardableResult
    public func report(
        saga id: String, generation: Int64?, step: String, _ value: JSONValue, failure: ServiceError? = nil
    ) async throws -> Bool {
        try await report("id = \(id)", generation, step, value, failure)
    }

    /// The same by the saga's subject, for events from outside that know only the resource.
    @discardableResult
    public func report(
        subject: String, step: String, _ value: JSONValue, failure: ServiceError? = nil
    ) async throws -> Bool {
        try await report("subject = \(subject)", nil, step, value, failure)
    }

    private func report(
        _ which: SQL, _ generation: Int64?, _ step: String, _ value: JSONValue, _ failure: ServiceError?
    ) async throws -> Bool {
        let problem = try failure.map { try encodeState(SagaFailure(step: step, $0)) }
        let index = Dictionary(
            sagas.flatMap { saga in saga.steps.enumerated().map { (saga.name, $0.offset, $0.element.name) } }
                .filter { $0.2 == step }.map { ($0.0, $0.1) },
            uniquingKeysWith: { first, _ in first })
        let here = SQL.joined(
            [SQL("FALSE")] + index.map { "(name = \($0.key) AND step = \($0.value))" }, separator: " OR ")
        let current: SQL = generation.map { " AND generation = \($0)" } ?? ""
        let now = clock.now()
        // While the step still runs the report is kept, and found when the saga parks.
        let taken = try await store.database.execute(
            """
            UPDATE sagas SET report = \(value), report_step = \(step), report_failure = \(problem),
                due_at = IF(status = 'parked', \(now), due_at)
            WHERE \(sql: which) AND status IN ('running', 'parked') AND (\(sql: here))
                AND report_step IS NULL\(sql: current)
            """)
        if taken > 0 { wake() }
        return taken > 0
    }
}
