import Core
import Database
import FoundationEssentials

/// How many of a service's workflows are in a state, and since when the oldest is.
struct WorkflowCount: Sendable {
    let service: String
    let status: String
    let count: Int
    let oldest: Date

    static func all(_ databases: CloudDatabases) async throws -> [WorkflowCount] {
        var counts: [WorkflowCount] = []
        for (service, database) in databases.sagas {
            counts += try await database.query(
                """
                SELECT status, COUNT(*) AS number, MIN(created_at) AS oldest FROM sagas
                WHERE finished_at IS NULL GROUP BY status ORDER BY status
                """
            ).map { row in
                WorkflowCount(
                    service: service, status: try row.get("status"), count: try row.get("number"),
                    oldest: try row.get("oldest"))
            }
        }
        return counts
    }
}
