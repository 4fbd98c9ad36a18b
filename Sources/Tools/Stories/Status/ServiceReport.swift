import ComputeModel
import Core
import Database
import FoundationEssentials

/// A compute service that has registered itself.
package struct ServiceReport: Sendable {
    let host: String
    let binary: String
    let isUp: Bool
    let isEnabled: Bool
    let seenAt: Date?
    let agentVersion: Int?

    static func all(_ databases: CloudDatabases, now: Date) async throws -> [ServiceReport] {
        guard let compute = databases[service: "compute"] else { return [] }
        return try await compute.query(
            """
            SELECT s.host, s.`binary`, s.is_disabled, s.is_forced_down, s.last_seen_at,
                JSON_VALUE(n.report, '$.agentVersion') AS agent_version
            FROM services s LEFT JOIN compute_nodes n ON n.host = s.host AND s.`binary` = 'nova-compute'
            ORDER BY s.`binary`, s.host LIMIT 1000
            """
        ).map { row in
            let seen: Date? = try row.get("last_seen_at")
            let isForcedDown: Bool = try row.get("is_forced_down")
            let version: String? = try row.get("agent_version")
            return ServiceReport(
                host: try row.get("host"), binary: try row.get("binary"),
                isUp: !isForcedDown
                    && seen.map { now.timeIntervalSince($0) <= ComputeService.downAfterSeconds } ?? false,
                isEnabled: try !row.get("is_disabled", as: Bool.self), seenAt: seen,
                agentVersion: version.flatMap { Int($0) })
        }
    }

    static let headings = ["SERVICE", "HOST", "STATE", "SEEN", "AGENT VERSION"]

    func row(now: Date) -> [String] {
        [
            binary, host, (isUp ? "up" : "DOWN") + (isEnabled ? "" : ", disabled"),
            seenAt.map { "\(age($0, now: now)) ago" } ?? "never", agentVersion.map { String($0) } ?? "-",
        ]
    }
}
