import Core
import Database
import FoundationEssentials

/// A saga as its owner holds it.
struct ClaimedSaga: Sendable {
    enum Phase: Sendable { case running, undoing }

    let id: String
    let name: String
    let version: Int
    let subject: String
    var phase: Phase
    var step: Int
    var attempt: Int
    var state: String
    let context: RequestContext
    let generation: Int64
    /// The report, if one has come for the step.
    var report: JSONValue?
    var reportStep: String?
    var reportFailure: SagaFailure?
    var failure: SagaFailure?
    /// It was parked when it was claimed: a report has come, or its deadline is over.
    var wasParked: Bool
    let deadline: Date?
    let stepStartedAt: Date?
}

/// The SQL of running sagas. Every write names the generation: one that has lost its lease changes nothing.
struct SagaStore: Sendable {
    let database: Database
    let owner: String

    /// Takes up to `limit` sagas that are due, for `lease`, each with a higher generation than it ever had.
    func claim(_ kinds: [(name: String, version: Int)], limit: Int, now: Date, lease: Duration) async throws
        -> [ClaimedSaga]
    {
        guard !kinds.isEmpty, limit > 0 else { return [] }
        let known = SQL.joined(kinds.map { "(\($0.name),\($0.version))" }, separator: ",")
        let end = now.addingTimeInterval(lease.seconds)
        let clock = Int64((now.timeIntervalSince1970 * 1_000_000).rounded())
        return try await database.transaction("claim-sagas") { [owner] transaction in
            let rows = try transaction.query(
                """
                SELECT * FROM sagas WHERE due_at <= \(now) AND (name, version) IN (\(sql: known))
                ORDER BY due_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
                """)
            return try rows.map { row in
                let id: String = try row.get("id")
                let generation = max(try row.get("generation", as: Int64.self) + 1, clock)
                // The status stays: what is parked must still be seen as such if this owner dies now.
                try transaction.execute(
                    """
                    UPDATE sagas SET owner = \(owner), generation = \(generation), due_at = \(end) WHERE id = \(id)
                    """)
                return try ClaimedSaga(row, generation: generation)
            }
        }
    }

    /// When the next of these sagas is due that was not at `now`: a retry, a deadline, the end of another's lease.
    func nextDue(_ kinds: [(name: String, version: Int)], after now: Date) async throws -> Date? {
        guard !kinds.isEmpty else { return nil }
        let known = SQL.joined(kinds.map { "(\($0.name),\($0.version))" }, separator: ",")
        return try await database.first(
            """
            SELECT due_at FROM sagas WHERE due_at > \(now) AND (name, version) IN (\(sql: known))
            ORDER BY due_at LIMIT 1
            """)?.get("due_at")
    }

    /// Extends the lease. False when the saga has another owner by now.
    func renew(_ saga: ClaimedSaga, until end: Date) async throws -> Bool {
        try await database.execute(
            """
            UPDATE sagas SET due_at = \(end)
            WHERE id = \(saga.id) AND generation = \(saga.generation) AND owner = \(owner) AND due_at IS NOT NULL
            """) > 0
    }

    /// What is written after a run of a step.
    struct Outcome: Sendable {
        var status: SagaRecord.Status
        var step: Int
        var stepName: String
        var attempt = 0
        var dueAt: Date?
        var deadline: Date?
        var waitingFor: String?
        var failure: SagaFailure?
        var keepsOwner: Bool
        /// A report that came while the step still ran is not to be lost: due at once if it is there.
        var isParking = false
        /// The report has been read; the next step's may come.
        var clearsReport = false
        /// The step is tried again: its start stays.
        var isSameStep = false
    }

    struct JournalLine: Sendable {
        var step: String
        var phase: String
        var outcome: String
        var attempt: Int
        var startedAt: Date
        var error: String?
    }

    /// Stores the state and what comes next, with its line in the journal, in one transaction.
    /// - Returns: false when the lease was lost: nothing was written.
    func record(_ saga: ClaimedSaga, _ outcome: Outcome, _ line: JournalLine?, now: Date) async throws -> Bool {
        let failure = try outcome.failure.map { try encodeState($0) }
        return try await database.transaction("record-saga-step") { [owner] transaction in
            let due: SQL =
                outcome.isParking
                ? "IF(report_step = \(outcome.stepName), \(now), \(outcome.dueAt))" : "\(outcome.dueAt)"
            let report: SQL = outcome.clearsReport ? ", report_step = NULL, report_failure = NULL" : ""
            let started: SQL = outcome.isSameStep ? "" : ", step_started_at = \(now)"
            let matched = try transaction.execute(
                """
                UPDATE sagas SET status = \(outcome.status), step = \(outcome.step), step_name = \(outcome.stepName),
                    attempt = \(outcome.attempt), state = \(saga.state), failure = \(failure),
                    due_at = \(sql: due), deadline = \(outcome.deadline), waiting_for = \(outcome.waitingFor),
                    owner = \(outcome.keepsOwner ? owner : nil), updated_at = \(now),
                    finished_at = \(outcome.status.isOver ? now : nil)\(sql: report)\(sql: started)
                WHERE id = \(saga.id) AND generation = \(saga.generation) AND owner = \(owner)
                """)
            guard matched > 0 else { return false }
            if let line, try !isRepeated(line, of: saga, now, transaction) {
                try transaction.execute(
                    """
                    INSERT INTO saga_steps
                        (saga, step, phase, outcome, attempt, generation, owner, started_at, finished_at, error)
                    VALUES (\(saga.id), \(line.step), \(line.phase), \(line.outcome), \(line.attempt),
                        \(saga.generation), \(owner), \(line.startedAt), \(now), \(line.error))
                    """)
            }
            return true
        }
    }

    /// A step that tries again and again is one line, which tells of the last try: what waits long must not fill the
    /// database.
    /// - Returns: whether `line` is in the journal now.
    private func isRepeated(
        _ line: JournalLine, of saga: ClaimedSaga, _ now: Date, _ transaction: Transaction
    ) throws -> Bool {
        guard line.outcome == "retry", line.attempt > 0,
            let last = try transaction.first(
                """
                SELECT number, step, phase, outcome FROM saga_steps WHERE saga = \(saga.id)
                ORDER BY number DESC LIMIT 1
                """),
            try last.get("step") == line.step, try last.get("phase") == line.phase,
            try last.get("outcome") == line.outcome
        else { return false }
        let number: Int64 = try last.get("number")
        try transaction.execute(
            """
            UPDATE saga_steps SET attempt = \(line.attempt), generation = \(saga.generation), owner = \(owner),
                finished_at = \(now), error = \(line.error)
            WHERE number = \(number)
            """)
        return true
    }
}

extension ClaimedSaga {
    init(_ row: Row, generation: Int64) throws {
        let status: SagaRecord.Status = try row.get("status")
        id = try row.get("id")
        name = try row.get("name")
        version = try row.get("version")
        subject = try row.get("subject")
        phase = status == .undoing ? .undoing : .running
        wasParked = status == .parked
        step = try row.get("step")
        attempt = try row.get("attempt")
        state = try row.get("state")
        context = try decodeState(RequestContext.self, row.get("context"))
        self.generation = generation
        report = try row.get("report", as: String?.self).map { try decodeState(JSONValue.self, $0) }
        reportStep = try row.get("report_step")
        reportFailure = try row.get("report_failure", as: String?.self).map { try decodeState(SagaFailure.self, $0) }
        failure = try row.get("failure", as: String?.self).map { try decodeState(SagaFailure.self, $0) }
        deadline = try row.get("deadline")
        stepStartedAt = try row.get("step_started_at")
    }
}
