package import Core
package import Database
package import FoundationEssentials

/// A task as the API shows it: the outside of an import saga.
package struct ImageTask: Sendable {
    package var id: String
    package var type: String
    package var status: String
    package var owner: ProjectID
    package var input: JSONValue
    package var result: JSONValue
    package var message: String
    package var image: ImageID?
    package var user: UserID?
    package var requestID: String?
    package var createdAt: Date
    package var updatedAt: Date
    package var expiresAt: Date?
}

extension ImageTask {
    init(_ row: Row) throws {
        let result: JSONValue? = try row.get("result")
        self.init(
            id: try row.get("id"), type: try row.get("type"), status: try row.get("status"),
            owner: try row.get("owner"), input: try row.get("input"), result: result ?? .null,
            message: try row.get("message"), image: try row.get("image_id"), user: try row.get("user_id"),
            requestID: try row.get("request_id"), createdAt: try row.get("created_at"),
            updatedAt: try row.get("updated_at"), expiresAt: try row.get("expires_at"))
    }
}

package struct TaskStore: Sendable {
    let database: Database

    package init(_ database: Database) { self.database = database }

    static func insert(_ task: ImageTask, in transaction: Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO tasks (id, type, status, owner, input, result, message, image_id, user_id, request_id,
                created_at, updated_at, expires_at)
            VALUES (\(task.id), \(task.type), \(task.status), \(task.owner), \(task.input), NULL, \(task.message),
                \(task.image), \(task.user), \(task.requestID), \(task.createdAt), \(task.updatedAt),
                \(task.expiresAt))
            """)
    }

    package func find(_ id: String) async throws -> ImageTask? {
        try await database.first("SELECT * FROM tasks WHERE id = \(id)").map { try ImageTask($0) }
    }

    package func list(image: ImageID) async throws -> [ImageTask] {
        try await database.query("SELECT * FROM tasks WHERE image_id = \(image) ORDER BY created_at, id LIMIT 1000")
            .map { try ImageTask($0) }
    }

    package func list(
        owner: ProjectID?, status: String?, type: String?, after marker: ImageTask?, limit: Int
    ) async throws -> [ImageTask] {
        var parts: [SQL] = ["TRUE"]
        if let owner { parts.append("owner = \(owner)") }
        if let status { parts.append("status = \(status)") }
        if let type { parts.append("type = \(type)") }
        if let marker {
            parts.append(
                "(created_at < \(marker.createdAt) OR (created_at = \(marker.createdAt) AND id < \(marker.id)))")
        }
        return try await database.query(
            """
            SELECT * FROM tasks WHERE \(sql: .joined(parts, separator: " AND "))
            ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """
        ).map { try ImageTask($0) }
    }

    /// Moves a task on; a task that is over stays as it is.
    package func update(
        _ id: String, status: String, result: JSONValue? = nil, message: String = "", expiresAt: Date? = nil, now: Date
    ) async throws {
        try await database.execute(
            """
            UPDATE tasks SET status = \(status), result = \(result), message = \(message),
                expires_at = \(expiresAt), updated_at = \(now)
            WHERE id = \(id) AND status NOT IN ('success', 'failure')
            """)
    }
}
