import Core
import Runtime

/// Whether each daemon that is configured here runs, and has what it needs.
struct DaemonsCheck: DoctorCheck {
    let name = "daemons"
    let summary = "each daemon configured here answers on its admin port and is ready"

    static let daemons = [
        "identity", "image", "block-storage", "network", "scheduler", "conductor", "compute-api", "compute-agent",
    ]

    func run(_ cloud: Cloud) async throws -> [Finding] {
        try await withThrowingTaskGroup(of: [Finding].self) { group in
            for daemon in Self.daemons where cloud.has("\(daemon).conf") {
                guard let url = try Self.adminURL(daemon, cloud) else { continue }
                group.addTask { try await ask(daemon, "\(url)/readyz", cloud) }
            }
            var findings: [Finding] = []
            for try await some in group { findings += some }
            return findings.sorted { $0.what < $1.what }
        }
    }

    /// nil for a daemon without an admin port.
    static func adminURL(_ daemon: String, _ cloud: Cloud) throws -> String? {
        let admin = try cloud.configuration("\(daemon).conf").read(AdminOptions.self)
        return admin.port == 0 ? nil : "http://\(admin.bind):\(admin.port)"
    }

    private func ask(_ daemon: String, _ url: String, _ cloud: Cloud) async throws -> [Finding] {
        do {
            let answer = try await HTTPProbe.get(url, cloud.clock)
            guard answer.status != 200 else { return [] }
            let checks = try JSONValue.parse(answer.body)["checks"]?.object ?? [:]
            let failed = checks.filter { $0.value.string != "ok" }.sorted { $0.key < $1.key }
                .map { "\($0.key): \($0.value.string ?? $0.value.jsonText)" }.joined(separator: "; ")
            return [
                Finding(
                    .critical, .mismatch, "daemon \(daemon)", "it is not ready: \(failed)",
                    advice: "mend what it waits for; it goes on by itself")
            ]
        } catch let failed as CheckFailed {
            return [
                unreachable(
                    "daemon \(daemon)", failed, advice: "start it, and see /var/log/apus/\(daemon).log if it ends again"
                )
            ]
        }
    }
}
