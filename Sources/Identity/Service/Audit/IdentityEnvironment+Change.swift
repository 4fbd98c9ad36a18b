package import Core
package import Database
import FoundationEssentials

extension IdentityEnvironment {
    /// Runs a change that somebody asked for, and keeps what it recorded: in the audit, and for those who are told.
    /// All of it happens or nothing.
    ///
    /// - Parameter body: run again after a deadlock, with an empty record each time.
    package func change<T: Sendable>(
        _ name: StaticString, _ context: RequestContext,
        _ body: @escaping @Sendable (Transaction, inout ChangeRecord) throws -> T
    ) async throws -> T {
        let now = clock.now()
        let notices = notices
        let result = try await database.transaction(name) { tx in
            var record = ChangeRecord()
            let result = try body(tx, &record)
            if !record.changes.isEmpty {
                try AuditStore.add(record.changes, by: context, at: now, tx)
                try notices.write(record.changes, by: context, at: now, tx)
            }
            return result
        }
        notices.wake()
        return result
    }

    /// What the audit has, the newest first.
    package func audit(_ filter: AuditStore.Filter, limit: Int) async throws -> [AuditEntry] {
        try await database.read("list audit") { try AuditStore.list(filter, limit: limit, $0) }
    }

    /// Forgets what the audit has kept for long enough; a bounded batch per call.
    package func purgeAudit() async throws {
        guard let retention = settings.audit.retention else { return }
        let date = clock.now().addingTimeInterval(-retention.seconds)
        try await database.transaction("purge audit") { _ = try AuditStore.purge(before: date, limit: 1000, $0) }
    }
}
