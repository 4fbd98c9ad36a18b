import Core
import Database

/// Quota use, which is derived from rows: so the projects that use something must exist.
struct UsageCheck: DoctorCheck {
    let name = "quota use"

    private static let users: [(service: String, table: StaticString, condition: SQL)] = [
        ("compute", "servers", "deleted_at IS NULL"), ("block-storage", "volumes", "deleted_at IS NULL"),
        ("network", "ports", "project_id <> ''"), ("network", "networks", "project_id <> ''"),
        ("network", "routers", "project_id <> ''"), ("network", "floating_ips", "project_id <> ''"),
    ]

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let projects = try await cloud.values("identity", "SELECT id FROM projects")
        var findings: [Finding] = []
        for (service, table, condition) in Self.users {
            let rows: [Row]
            do {
                rows = try await cloud.database(service).query(
                    """
                    SELECT project_id, COUNT(*) AS used FROM \(identifier: table)
                    WHERE \(sql: condition) GROUP BY project_id
                    """)
            } catch is CheckSkipped {
                continue
            }
            for row in rows {
                let project: String = try row.get("project_id")
                guard !projects.contains(project) else { continue }
                findings.append(
                    Finding(
                        kind: .leftover, what: "\(try row.get("used", as: Int.self)) \(table) of project \(project)",
                        detail: "the project does not exist"))
            }
        }
        return findings
    }
}
