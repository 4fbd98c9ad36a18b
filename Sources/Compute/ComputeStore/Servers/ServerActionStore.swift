package import ComputeModel
package import Core
package import Database
package import FoundationEssentials

/// What was asked of a server, and how each part of it went: `os-instance-actions`.
package enum ServerActionStore {
    package struct Action: Sendable {
        package var id: Int64
        package var server: ServerID
        package var requestID: String
        package var action: String
        package var user: UserID?
        package var project: ProjectID?
        package var message: String?
        package var startedAt: Date
        package var updatedAt: Date
        package var finishedAt: Date?

        init(_ row: Row) throws {
            id = try row.get("id")
            server = try row.get("server_id")
            requestID = try row.get("request_id")
            action = try row.get("action")
            user = try row.get("user_id")
            project = try row.get("project_id")
            message = try row.get("message")
            startedAt = try row.get("started_at")
            updatedAt = try row.get("updated_at")
            finishedAt = try row.get("finished_at")
        }
    }

    package struct Event: Sendable {
        package var event: String
        package var host: String?
        package var result: String?
        package var details: String?
        package var startedAt: Date
        package var finishedAt: Date?

        init(_ row: Row) throws {
            event = try row.get("event")
            host = try row.get("host")
            result = try row.get("result")
            details = try row.get("details")
            startedAt = try row.get("started_at")
            finishedAt = try row.get("finished_at")
        }
    }

    /// Notes an accepted request. Repeating it changes nothing.
    package static func begin(
        _ action: ServerAction, on server: ServerID, _ context: RequestContext, at now: Date,
        in transaction: Transaction
    ) throws {
        try begin(action, on: [server], context, at: now, in: transaction)
    }

    /// The same for several servers of one request.
    package static func begin(
        _ action: ServerAction, on servers: [ServerID], _ context: RequestContext, at now: Date,
        in transaction: Transaction
    ) throws {
        guard !servers.isEmpty else { return }
        let finished = action.endsWithItsRequest ? now : nil
        let rows = servers.map { server -> SQL in
            """
            (\(server), \(context.requestID), \(action.recordedName), \(context.userID), \(context.projectID), \(now),
                \(now), \(finished))
            """
        }
        try transaction.execute(
            """
            INSERT IGNORE INTO server_actions (server_id, request_id, action, user_id, project_id, started_at,
                updated_at, finished_at)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }

    /// Notes that a part of it began.
    package static func beginEvent(
        _ event: String, of server: ServerID, request: String, host: String?, at now: Date, in database: Database
    ) async throws {
        try await database.execute(
            """
            INSERT IGNORE INTO server_action_events (action_id, event, host, started_at)
            SELECT id, \(event), \(host), \(now) FROM server_actions
            WHERE server_id = \(server) AND request_id = \(request) ORDER BY id DESC LIMIT 1
            """)
    }

    /// Notes how a part of it ended: `Success` or `Error`, with the reason.
    package static func finishEvent(
        _ event: String, of server: ServerID, request: String, error: String?, at now: Date, in database: Database
    ) async throws {
        try await database.execute(
            """
            UPDATE server_action_events e JOIN server_actions a ON a.id = e.action_id
            SET e.finished_at = \(now), e.result = \(error == nil ? "Success" : "Error"), e.details = \(error),
                a.updated_at = \(now), a.message = IF(\(error) IS NULL, a.message, 'Error')
            WHERE a.server_id = \(server) AND a.request_id = \(request) AND e.event = \(event)
            """)
    }

    /// Newest first.
    package static func list(of server: ServerID, in database: Database) async throws -> [Action] {
        try await database.query(
            "SELECT * FROM server_actions WHERE server_id = \(server) ORDER BY id DESC LIMIT 1000"
        ).map(Action.init)
    }

    package static func find(
        request: String, of server: ServerID, in database: Database
    ) async throws -> (Action, [Event])? {
        guard
            let action = try await database.first(
                """
                SELECT * FROM server_actions WHERE server_id = \(server) AND request_id = \(request)
                ORDER BY id DESC LIMIT 1
                """
            ).map(Action.init)
        else { return nil }
        let events = try await database.query(
            "SELECT * FROM server_action_events WHERE action_id = \(action.id) ORDER BY id DESC"
        ).map(Event.init)
        return (action, events)
    }
}
