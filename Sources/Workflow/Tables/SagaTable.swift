import Core
public import Database
public import FoundationEssentials

/// The tables behind sagas, in the service's own database, and what operators ask of them.
public enum SagaTable {
    /// How many numbers `migrations(startingAt:)` takes.
    public static let migrationCount = 3

    /// The migrations of `sagas`, `saga_steps` and `outbox`; the service's own go on after them.
    public static func migrations(startingAt number: Int) -> [Migration] {
        [
            Migration(number, "sagas", sagas), Migration(number + 1, "saga-steps", steps),
            Migration(number + 2, "outbox", outbox),
        ]
    }

    /// `due_at` alone says when a saga wants attention: now when it is ready, the end of the owner's lease
    /// while it is worked on, the deadline while it is parked, NULL when it is over or stuck.
    private static let sagas: StaticString = """
        CREATE TABLE IF NOT EXISTS sagas (
            id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
            name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            version INT NOT NULL,
            subject VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            status VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            step INT NOT NULL DEFAULT 0,
            step_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
            attempt INT NOT NULL DEFAULT 0,
            state LONGTEXT NOT NULL,
            context LONGTEXT NOT NULL,
            report LONGTEXT NULL,
            report_step VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
            report_failure LONGTEXT NULL,
            failure LONGTEXT NULL,
            waiting_for VARCHAR(255) NULL,
            owner VARCHAR(128) NULL,
            generation BIGINT NOT NULL DEFAULT 0,
            due_at DATETIME(6) NULL,
            deadline DATETIME(6) NULL,
            step_started_at DATETIME(6) NULL,
            created_at DATETIME(6) NOT NULL,
            updated_at DATETIME(6) NOT NULL,
            finished_at DATETIME(6) NULL,
            KEY ix_due (due_at),
            KEY ix_subject (subject, created_at),
            KEY ix_finished (finished_at),
            CONSTRAINT ck_saga_status CHECK (
                status IN ('running', 'parked', 'undoing', 'succeeded', 'failed', 'stuck'))
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """

    /// The journal: one row per finished run of a step or an undo.
    private static let steps: StaticString = """
        CREATE TABLE IF NOT EXISTS saga_steps (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            saga VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            step VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            phase VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            attempt INT NOT NULL,
            generation BIGINT NOT NULL,
            owner VARCHAR(128) NULL,
            started_at DATETIME(6) NOT NULL,
            finished_at DATETIME(6) NOT NULL,
            error TEXT NULL,
            KEY ix_saga (saga, number)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """

    private static let outbox: StaticString = """
        CREATE TABLE IF NOT EXISTS outbox (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            topic VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            payload LONGTEXT NOT NULL,
            owner VARCHAR(128) NULL,
            due_at DATETIME(6) NOT NULL,
            created_at DATETIME(6) NOT NULL,
            KEY ix_due (due_at, number)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """
}

/// A saga as an operator sees it.
public struct SagaRecord: Sendable {
    public enum Status: String, Sendable, CaseIterable, SQLValue {
        case running, parked, undoing, succeeded, failed
        /// An undo keeps failing: an operator looks, mends, and resumes it.
        case stuck

        public var isOver: Bool { self == .succeeded || self == .failed }
    }

    public let id: String
    public let name: String
    public let version: Int
    public let subject: String
    public let status: Status
    public let step: String
    public let attempt: Int
    public let owner: String?
    public let generation: Int64
    /// The state as stored JSON.
    public let state: String
    /// What the current step last said it waits for.
    public let waitingFor: String?
    public let failure: SagaFailure?
    public let stepStartedAt: Date?
    /// When it wants attention next; while it has an owner, the end of that owner's lease.
    public let dueAt: Date?
    /// The request that began it, and the one before that, if another service's was.
    public let requestID: String
    public let globalRequestID: String?
    public let deadline: Date?
    public let createdAt: Date
    public let updatedAt: Date
    public let finishedAt: Date?

    init(_ row: Row) throws {
        id = try row.get("id")
        name = try row.get("name")
        version = try row.get("version")
        subject = try row.get("subject")
        status = try row.get("status")
        step = try row.get("step_name")
        attempt = try row.get("attempt")
        owner = try row.get("owner")
        generation = try row.get("generation")
        state = try row.get("state")
        waitingFor = try row.get("waiting_for")
        failure = try row.get("failure", as: String?.self).map { try decodeState(SagaFailure.self, $0) }
        stepStartedAt = try row.get("step_started_at")
        dueAt = try row.get("due_at")
        let context = try decodeState(RequestContext.self, row.get("context"))
        requestID = context.requestID
        globalRequestID = context.globalRequestID
        deadline = try row.get("deadline")
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
        finishedAt = try row.get("finished_at")
    }
}

/// One line of a saga's journal.
public struct SagaJournalEntry: Sendable {
    public let step: String
    /// `run`, `finish`, `undo`, or `resume` for an operator's doing.
    public let phase: String
    /// `done`, `parked`, `retry` or `failed`.
    public let outcome: String
    public let attempt: Int
    public let generation: Int64
    public let owner: String?
    public let startedAt: Date
    public let finishedAt: Date
    public let error: String?

    init(_ row: Row) throws {
        step = try row.get("step")
        phase = try row.get("phase")
        outcome = try row.get("outcome")
        attempt = try row.get("attempt")
        generation = try row.get("generation")
        owner = try row.get("owner")
        startedAt = try row.get("started_at")
        finishedAt = try row.get("finished_at")
        error = try row.get("error")
    }
}
