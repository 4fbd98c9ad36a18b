import Core
package import Database
package import FoundationEssentials

/// Messages to users, each kept for a month.
package struct MessageStore: Sendable {
    package let database: Database

    private static let lifetime: TimeInterval = 30 * 24 * 3600

    package struct New: Sendable {
        package var resource: UserMessage.Resource
        package var resourceID: String
        package var action: UserMessage.Action
        package var detail: UserMessage.Detail
    }

    /// One message for each saga that failed, however often its undo runs; none when the resource's row is gone.
    package func add(_ new: New, id: UserMessageID, saga: String, request: String, now: Date) async throws {
        let owner: SQL =
            switch new.resource {
            case .volume: "SELECT project_id FROM volumes WHERE id = \(new.resourceID)"
            case .snapshot: "SELECT project_id FROM snapshots WHERE id = \(new.resourceID)"
            }
        try await database.execute(
            """
            INSERT IGNORE INTO messages (id, project_id, request_id, saga_id, resource_type, resource_id, action,
                detail, created_at, expires_at)
            SELECT \(id), owner.project_id, \(request), \(saga), \(new.resource), \(new.resourceID), \(new.action),
                \(new.detail), \(now), \(now.addingTimeInterval(Self.lifetime)) FROM (\(sql: owner)) owner
            """)
    }

    private static func missing(_ id: UserMessageID) -> ServiceError {
        ServiceError(.notFound, "Message \(id) could not be found.")
    }

    package func find(_ id: UserMessageID, _ scope: Scope) async throws -> UserMessage {
        let row = try await database.first(
            "SELECT * FROM messages WHERE id = \(id) AND \(sql: scope.condition("messages"))")
        guard let row else { throw Self.missing(id) }
        return try UserMessage(row)
    }

    /// The newest first. Filters are by the API's own names of them; others are ignored.
    package func list(_ scope: Scope, _ page: ListPage, filters: [String: String]) async throws -> Listed<UserMessage> {
        var conditions: [SQL] = [scope.condition("messages")]
        for (name, value) in filters.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "resource_uuid": conditions.append("resource_id = \(value)")
            case "resource_type": conditions.append("resource_type = \(value)")
            case "request_id": conditions.append("request_id = \(value)")
            case "event_id":
                conditions.append("CONCAT('VOLUME_', resource_type, '_', action, '_', detail) = \(value)")
            case "message_level": conditions.append("\(value) = 'ERROR'")
            default: break
            }
        }
        if let marker = page.marker {
            conditions.append("(created_at, id) < (SELECT created_at, id FROM messages WHERE id = \(marker))")
        }
        let rows = try await database.query(
            """
            SELECT * FROM messages WHERE \(sql: .joined(conditions, separator: " AND "))
            ORDER BY created_at DESC, id DESC LIMIT \(page.limit) OFFSET \(page.offset)
            """)
        return Listed(try rows.map(UserMessage.init))
    }

    package func delete(_ id: UserMessageID) async throws {
        guard try await database.execute("DELETE FROM messages WHERE id = \(id)") > 0 else { throw Self.missing(id) }
    }

    /// Forgets what has expired. - Returns: how many, at most `limit`.
    package func purge(now: Date, limit: Int = 1000) async throws -> Int {
        try await database.execute("DELETE FROM messages WHERE expires_at < \(now) LIMIT \(limit)")
    }
}
