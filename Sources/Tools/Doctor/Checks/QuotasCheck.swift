import Core
import Database

/// Quota use, which is derived from rows and stored nowhere: so the projects that use something must exist.
struct QuotasCheck: DoctorCheck {
    let name = "quotas"
    let summary = "projects that use something exist; limits are of projects that exist"

    private static let users: [(service: String, table: StaticString, condition: SQL)] = [
        ("compute", "servers", "deleted_at IS NULL"), ("block-storage", "volumes", "deleted_at IS NULL"),
        ("block-storage", "snapshots", "deleted_at IS NULL"), ("network", "ports", "project_id <> ''"),
        ("network", "networks", "project_id <> ''"), ("network", "routers", "project_id <> ''"),
        ("network", "floating_ips", "project_id <> ''"),
    ]

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let projects = try await cloud.values("identity", "SELECT id FROM projects")
        var findings: [Finding] = []
        for (service, table, condition) in Self.users where cloud.isConfigured(service) {
            let rows = try await cloud.database(service).query(
                """
                SELECT project_id, COUNT(*) AS used FROM \(identifier: table)
                WHERE \(sql: condition) GROUP BY project_id
                """)
            for row in rows {
                let project: String = try row.get("project_id")
                guard !projects.contains(project) else { continue }
                findings.append(
                    Finding(
                        .warning, .leftover, "\(table) of project \(project)",
                        "\(try row.get("used", as: Int.self)), and the project does not exist",
                        advice: "list and delete them as administrator, with --all-projects"))
            }
        }
        for service in ["compute", "block-storage", "network"] where cloud.isConfigured(service) {
            let limited = try await cloud.values(service, "SELECT DISTINCT project_id FROM quotas", "project_id")
            for project in limited.subtracting(projects).sorted() {
                findings.append(
                    Finding(
                        .note, .leftover, "\(service) quotas of project \(project)", "the project does not exist",
                        advice: "openstack quota delete \(project)"))
            }
        }
        return findings
    }
}
