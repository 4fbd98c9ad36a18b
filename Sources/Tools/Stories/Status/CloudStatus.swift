import Core
package import FoundationEssentials

/// How the cloud is: its daemons on this machine, its hosts, its workflows.
package struct CloudStatus: Sendable {
    private let daemons: [DaemonReport]
    private let hosts: [ServiceReport]
    private let workflows: [WorkflowCount]
    private let unreachable: [String: String]
    private let now: Date

    /// - Parameter databases: what cannot be read of them is said, and is no error.
    package init(_ daemons: [DaemonReport], _ databases: CloudDatabases, now: Date) async {
        self.daemons = daemons
        self.now = now
        var unreachable = databases.missing
        do { hosts = try await ServiceReport.all(databases, now: now) } catch {
            hosts = []
            unreachable["compute"] = describeError(error)
        }
        do { workflows = try await WorkflowCount.all(databases) } catch {
            workflows = []
            unreachable["workflows"] = describeError(error)
        }
        self.unreachable = unreachable
    }

    package var isReady: Bool { daemons.allSatisfy(\.isReady) }

    /// One line: what is wrong, or that nothing is.
    package var verdict: String {
        var wrong: [String] = []
        let down = daemons.filter { !$0.isReady }.map(\.name)
        if !down.isEmpty { wrong.append("not ready: \(down.joined(separator: ", "))") }
        let lost = hosts.filter { !$0.isUp }.map { "\($0.binary) on \($0.host)" }
        if !lost.isEmpty { wrong.append("down: \(lost.joined(separator: ", "))") }
        let stuck = workflows.filter { $0.status == "stuck" }.reduce(0) { $0 + $1.count }
        if stuck > 0 { wrong.append("\(stuck) stuck workflow\(stuck == 1 ? "" : "s")") }
        let moving = workflows.filter { $0.status != "stuck" }.reduce(0) { $0 + $1.count }
        guard wrong.isEmpty else { return wrong.joined(separator: "; ") }
        return "all \(daemons.count) daemons are ready, \(moving) workflow\(moving == 1 ? "" : "s") under way"
    }

    package var text: String {
        var parts: [String] = []
        var table = Table(DaemonReport.headings)
        table.rows = daemons.map { $0.row(now: now) }
        parts.append(table.text)
        if !hosts.isEmpty {
            var table = Table(ServiceReport.headings)
            table.rows = hosts.map { $0.row(now: now) }
            parts.append(table.text)
        }
        if !workflows.isEmpty {
            var table = Table(["WORKFLOWS OF", "STATUS", "COUNT", "OLDEST"])
            table.rows = workflows.map { [$0.service, $0.status, String($0.count), age($0.oldest, now: now)] }
            parts.append(table.text)
        }
        if !unreachable.isEmpty {
            parts.append(
                unreachable.sorted { $0.key < $1.key }.map { "not read: \($0.key): \($0.value)" }.joined(
                    separator: "\n"))
        }
        return (parts + [verdict]).joined(separator: "\n\n")
    }

    package var json: String {
        var json = JSONWriter()
        json.object { json in
            json.field("ready", isReady)
            json.field("verdict", verdict)
            json.field("daemons") { json in json.array(daemons) { json, daemon in daemon.write(to: &json) } }
            json.field("hosts") { json in
                json.array(hosts) { json, host in
                    json.object { json in
                        json.field("binary", host.binary)
                        json.field("host", host.host)
                        json.field("up", host.isUp)
                        json.field("enabled", host.isEnabled)
                        json.field("seen_at", host.seenAt?.iso8601MicroZ)
                        json.field("agent_version", host.agentVersion)
                    }
                }
            }
            json.field("workflows") { json in
                json.array(workflows) { json, count in
                    json.object { json in
                        json.field("service", count.service)
                        json.field("status", count.status)
                        json.field("count", count.count)
                        json.field("oldest", count.oldest.iso8601MicroZ)
                    }
                }
            }
            json.field("unreachable", unreachable)
        }
        return json.text
    }
}
