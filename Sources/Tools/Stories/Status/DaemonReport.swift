package import AsyncHTTPClient
package import Core
import FoundationEssentials

/// What one daemon says of itself, or that it says nothing.
package struct DaemonReport: Sendable {
    package let name: String
    package let isReady: Bool
    /// Nil when it does not answer.
    package let status: JSONValue?
    package let problems: [String]

    /// Asks a daemon at its admin port.
    package static func ask(_ daemon: DaemonAddress, _ http: HTTPClient) async -> DaemonReport {
        guard let url = daemon.url else {
            return DaemonReport(name: daemon.name, isReady: true, status: nil, problems: ["no admin port: not asked"])
        }
        do {
            return DaemonReport(name: daemon.name, status: try await AdminPort.get("\(url)/status", http))
        } catch {
            return DaemonReport(
                name: daemon.name, isReady: false, status: nil, problems: ["does not run, or does not answer at \(url)"]
            )
        }
    }

    init(name: String, isReady: Bool, status: JSONValue?, problems: [String]) {
        self.name = name
        self.isReady = isReady
        self.status = status
        self.problems = problems
    }

    package init(name: String, status: JSONValue) {
        self.name = name
        self.status = status
        isReady = status["ready"]?.bool ?? false
        problems = (status["checks"]?.object ?? [:]).filter { $0.value.string != "ok" }
            .sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.string ?? "failed")" }
    }

    static let headings = [
        "DAEMON", "READY", "VERSION", "PID", "UP", "MEMORY", "MESSAGES", "DATABASE", "WORKFLOWS",
        "PROBLEM OR LAST ERROR",
    ]

    func row(now: Date) -> [String] {
        let started = status?["started_at"]?.string.flatMap { Date(iso8601: $0) }
        return [
            name, isReady ? "yes" : "NO", status?["version"]?.string ?? "-",
            status?["pid"]?.int.map { String($0) } ?? "-",
            started.map { age($0, now: now) } ?? "-",
            status?["resident_bytes"]?.int.map { "\($0 >> 20) MiB" } ?? "-", messages, database,
            fact("workflows")?["working_on"]?.int.map { String($0) } ?? "-",
            problems.isEmpty ? lastError(now: now) : problems.joined(separator: "; "),
        ]
    }

    private func fact(_ name: String) -> JSONValue? { status?["facts"]?[name] }

    private var messages: String {
        guard let fact = fact("messaging") else { return "-" }
        let isUp = ["publishing", "consuming", "calling"].allSatisfy { fact[$0]?.bool == true }
        let unsent = fact["unsent"]?.int ?? 0
        return (isUp ? "up" : "DOWN") + (unsent > 0 ? ", \(unsent) unsent" : "")
    }

    /// Of each database busy of all connections, and what waits for one.
    private var database: String {
        let pools = (status?["facts"]?.object ?? [:]).filter { $0.key.hasPrefix("database ") }.sorted {
            $0.key < $1.key
        }
        let texts = pools.map { _, pool in
            let waiting = pool["waiting"]?.int ?? 0
            return "\(pool["busy"]?.int ?? 0)/\(pool["connections"]?.int ?? 0) busy"
                + (waiting > 0 ? ", \(waiting) wait" : "")
        }
        return texts.isEmpty ? "-" : texts.joined(separator: " ")
    }

    private func lastError(now: Date) -> String {
        guard let error = status?["last_error"], let text = error["text"]?.string else { return "" }
        let at = error["at"]?.string.flatMap { Date(iso8601: $0) }
        return (at.map { "\(age($0, now: now)) ago: " } ?? "") + String(text.prefix(100))
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("daemon", name)
            json.field("ready", isReady)
            json.field("detail", problems.joined(separator: "; "))
            json.field("status", status ?? .null)
        }
    }
}
