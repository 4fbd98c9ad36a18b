import Core
public import Database
public import FoundationEssentials

extension SagaTable {
    /// Sagas, newest first; those not over when `unfinishedOnly`.
    public static func list(
        _ database: Database, unfinishedOnly: Bool = true, subject: String? = nil, limit: Int = 100
    ) async throws -> [SagaRecord] {
        try await list(database, SagaFilter(unfinishedOnly: unfinishedOnly, subject: subject, limit: limit))
    }

    /// Sagas that a filter lets through, newest first. Searches by request or mention read the whole table.
    public static func list(_ database: Database, _ filter: SagaFilter) async throws -> [SagaRecord] {
        var conditions: [SQL] = ["TRUE"]
        if filter.unfinishedOnly { conditions.append("finished_at IS NULL") }
        if !filter.statuses.isEmpty { conditions.append("status IN \(anyOf: filter.statuses)") }
        if let name = filter.name { conditions.append("name = \(name)") }
        if let subject = filter.subject { conditions.append("subject = \(subject)") }
        if let date = filter.createdBefore { conditions.append("created_at < \(date)") }
        if let request = filter.request { conditions.append("context LIKE \("%\"\(request)\"%")") }
        if let id = filter.mentions {
            conditions.append("(subject = \(id) OR (finished_at IS NULL AND state LIKE \("%\"\(id)\"%")))")
        }
        let limit = filter.limit
        return try await database.query(
            """
            SELECT * FROM sagas WHERE \(sql: .joined(conditions, separator: " AND "))
            ORDER BY created_at DESC, id LIMIT \(limit)
            """
        ).map(SagaRecord.init)
    }

    /// One saga and its journal, or nil.
    public static func inspect(_ database: Database, id: String) async throws -> (SagaRecord, [SagaJournalEntry])? {
        guard let row = try await database.first("SELECT * FROM sagas WHERE id = \(id)") else { return nil }
        let steps = try await database.query(
            "SELECT * FROM saga_steps WHERE saga = \(id) ORDER BY number LIMIT 1000")
        return (try SagaRecord(row), try steps.map(SagaJournalEntry.init))
    }

    /// Lets a stuck saga go on undoing, from the step it stopped at.
    /// - Throws: `.conflict` when it is not stuck, `.notFound` when there is none.
    ///
    /// - Parameter name: who does it, for the journal.
    public static func resume(
        _ database: Database, id: String, by name: String = "an operator", now: Date
    ) async throws {
        let change = try await database.transaction("resume-saga") { transaction in
            let change = try transaction.change(
                """
                UPDATE sagas SET status = 'undoing', attempt = 0, due_at = \(now), updated_at = \(now)
                WHERE id = \(id) AND status = 'stuck'
                """,
                reading: "SELECT * FROM sagas WHERE id = \(id)")
            if case .changed = change {
                try transaction.execute(
                    """
                    INSERT INTO saga_steps
                        (saga, step, phase, outcome, attempt, generation, owner, started_at, finished_at, error)
                    SELECT id, step_name, 'resume', 'done', 0, generation, \(name), \(now), \(now), NULL
                    FROM sagas WHERE id = \(id)
                    """)
            }
            return change
        }
        switch change {
        case .changed: return
        case .conflict: throw ServiceError(.conflict, "Workflow \(id) is not stuck.")
        case .missing: throw ServiceError(.notFound, "There is no workflow \(id).")
        }
    }

    /// Forgets sagas that were over before `limit`, a bounded batch at a time.
    /// - Returns: how many rows went; fewer than the batch when there are no more.
    public static func purge(_ database: Database, finishedBefore limit: Date, batch: Int = 500) async throws -> Int {
        try await database.transaction("purge-sagas") { transaction in
            let ids: [String] = try transaction.query(
                """
                SELECT id FROM sagas WHERE finished_at < \(limit) ORDER BY finished_at LIMIT \(batch)
                FOR UPDATE SKIP LOCKED
                """
            ).map { try $0.get("id") }
            guard !ids.isEmpty else { return 0 }
            try transaction.execute("DELETE FROM saga_steps WHERE saga IN \(anyOf: ids)")
            try transaction.execute("DELETE FROM sagas WHERE id IN \(anyOf: ids)")
            return ids.count
        }
    }
}
