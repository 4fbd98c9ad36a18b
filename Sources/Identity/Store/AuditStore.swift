package import Core
package import Database
package import FoundationEssentials

/// Who did what to which object: rows that are written with the change and never altered.
package enum AuditStore {
    /// In few statements, however many changes a request made.
    package static func add(
        _ changes: [Change], by context: RequestContext, at now: Date, _ tx: Transaction
    ) throws {
        for part in changes.statementParts { try insert(part, context, now, tx) }
    }

    private static func insert(
        _ changes: ArraySlice<Change>, _ context: RequestContext, _ now: Date, _ tx: Transaction
    ) throws {
        let rows = changes.map { change -> SQL in
            """
            (\(now), \(change.operation.rawValue), \(change.resource.rawValue), \(change.id), \(change.related),
                \(context.userID), \(context.userName), \(context.projectID), \(context.domainID),
                \(context.requestID), \(context.globalRequestID), \(context.remoteAddress),
                \(JSONValue.object(change.details)))
            """
        }
        try tx.execute(
            """
            INSERT INTO audit (occurred_at, operation, resource, object_id, related_id, user_id, user_name, project_id,
                domain_id, request_id, global_request_id, address, details)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }

    /// What is asked for; all of it must hold.
    package struct Filter: Sendable {
        package var userID: UserID?
        /// The object itself, or the other one that a change is about.
        package var objectID: String?
        package var resource: String?
        package var requestID: String?
        package var since: Date?
        package var until: Date?
        /// Only rows before this one: where the page before ended.
        package var before: Int64?

        package init() {}
    }

    /// The newest first.
    package static func list(_ filter: Filter, limit: Int, _ tx: Transaction) throws -> [AuditEntry] {
        var conditions: [SQL] = []
        if let user = filter.userID { conditions.append("user_id = \(user)") }
        if let object = filter.objectID {
            // Each side has its index.
            conditions.append(
                """
                number IN (SELECT number FROM audit WHERE object_id = \(object)
                    UNION SELECT number FROM audit WHERE related_id = \(object))
                """)
        }
        if let resource = filter.resource { conditions.append("resource = \(resource)") }
        if let request = filter.requestID {
            conditions.append("(request_id = \(request) OR global_request_id = \(request))")
        }
        if let since = filter.since { conditions.append("occurred_at >= \(since)") }
        if let until = filter.until { conditions.append("occurred_at < \(until)") }
        if let before = filter.before { conditions.append("number < \(before)") }
        return try tx.query(
            "SELECT * FROM audit\(sql: .whereAll(conditions)) ORDER BY number DESC LIMIT \(limit)"
        ).map(entry)
    }

    private static func entry(_ row: Row) throws -> AuditEntry {
        AuditEntry(
            number: try row.get("number"), at: try row.get("occurred_at"), operation: try row.get("operation"),
            resource: try row.get("resource"), objectID: try row.get("object_id"),
            relatedID: try row.get("related_id"), userID: try row.get("user_id"), userName: try row.get("user_name"),
            projectID: try row.get("project_id"), domainID: try row.get("domain_id"),
            requestID: try row.get("request_id"), globalRequestID: try row.get("global_request_id"),
            address: try row.get("address"), details: try row.object("details"))
    }

    /// Forgets rows older than `date`; a bounded batch. - Returns: how many.
    package static func purge(before date: Date, limit: Int, _ tx: Transaction) throws -> Int {
        try tx.execute("DELETE FROM audit WHERE occurred_at < \(date) ORDER BY number LIMIT \(limit)")
    }

    /// The id of identity itself in the catalogue, as notifications name their observer.
    package static func observer(_ tx: Transaction) throws -> String? {
        try tx.first("SELECT id FROM services WHERE type = 'identity' ORDER BY id LIMIT 1")?.get("id")
    }
}
