import Core
import Database

/// Whether somebody answers at every endpoint of the service catalogue.
struct CatalogueCheck: DoctorCheck {
    let name = "catalogue"
    let summary = "every endpoint of the service catalogue answers"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let rows = try await cloud.database("identity").query(
            """
            SELECT e.url, s.type, GROUP_CONCAT(e.interface ORDER BY e.interface) AS interfaces
            FROM endpoints e JOIN services s ON s.id = e.service_id WHERE e.enabled AND s.enabled
            GROUP BY e.url, s.type ORDER BY s.type, e.url LIMIT 200
            """)
        guard !rows.isEmpty else {
            return [
                Finding(
                    .critical, .missing, "service catalogue", "it has no endpoint", advice: "apus bootstrap",
                    isSettled: true)
            ]
        }
        return try await withThrowingTaskGroup(of: Finding?.self) { group in
            for row in rows {
                let url: String = try row.get("url")
                let type: String = try row.get("type")
                let interfaces: String = try row.get("interfaces")
                group.addTask { await ask(type, interfaces, url, cloud) }
            }
            var findings: [Finding] = []
            for try await finding in group { if let finding { findings.append(finding) } }
            return findings.sorted { $0.what < $1.what }
        }
    }

    private func ask(_ type: String, _ interfaces: String, _ url: String, _ cloud: Cloud) async -> Finding? {
        let advice = "start the service, or mend the address: openstack endpoint list --service \(type)"
        // Of `http://host:8776/v3/%(project_id)s` and the like, what comes before the placeholder.
        let plain = url.firstIndex { $0 == "$" || $0 == "%" }.map { String(url[..<$0]) } ?? url
        do {
            let answer = try await HTTPProbe.get(plain, cloud.clock)
            // Without a token many answer 401: that is an answer too.
            guard answer.status >= 500 else { return nil }
            return Finding(
                .critical, .mismatch, "endpoint \(url)", "\(type) (\(interfaces)) answers with status \(answer.status)",
                advice: "see the service's log")
        } catch {
            return unreachable("endpoint \(url) of \(type) (\(interfaces))", error, advice: advice)
        }
    }
}
