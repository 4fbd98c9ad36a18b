import Core
package import FoundationEssentials
import Workflow

extension RequestStory {
    /// As an operator reads it: offsets from the first line, what other requests did indented.
    package func text(now: Date) -> String {
        var lines = [heading(now: now)]
        if let cause { lines.append("  caused by \(cause): explain that for the whole") }
        let start = self.lines.first?.at ?? now
        var rows: [[String]] = []
        for line in self.lines {
            let offset = Int((line.at.timeIntervalSince(start) * 1000).rounded())
            let isChild = line.requestID != request
            rows.append([
                "+\(offset) ms", line.who,
                (isChild ? "  " : "") + line.what + " → \(line.outcome)" + Self.duration(line.took)
                    + (isChild ? " as \(line.requestID)" : "") + (line.detail.map { ": \($0)" } ?? ""),
            ])
        }
        var table = Table("AFTER", "WHO", "WHAT")
        table.rows = rows
        if !rows.isEmpty { lines.append(table.text) }
        for saga in sagas {
            let record = saga.record
            if record.status.isOver {
                lines.append("workflow \(record.name) \(record.id): \(record.status.rawValue)")
            } else {
                lines += ServiceSaga(service: saga.service, record: record).text(now: now).prefix(2)
            }
        }
        for memory in memories {
            if let problem = memory.problem { lines.append("note: \(memory.daemon): \(problem)") }
        }
        return lines.joined(separator: "\n")
    }

    /// What is said when nobody remembers anything: how far back each daemon goes.
    package var absence: String {
        let reach = memories.map { memory in
            memory.oldest.map { "\(memory.daemon) since \($0)" }
                ?? "\(memory.daemon) \(memory.problem ?? "nothing yet")"
        }
        return "No daemon remembers \(request). Kept: " + reach.joined(separator: "; ")
    }

    private func heading(now: Date) -> String {
        let own = memories.flatMap(\.events).first { $0.event.requestID == request && $0.event.kind == .request }
        guard let own else { return "request \(request)" }
        var text = "request \(request): \(own.event.verb) \(own.event.name)"
        if let user = own.event.userID { text += " by user \(user)" }
        if let project = own.event.projectID { text += " in project \(project)" }
        return text
            + ": \(own.event.outcome), at \(own.event.startedAt.iso8601) (\(age(own.event.startedAt, now: now)) ago)"
    }

    private static func duration(_ took: Duration) -> String {
        took == .zero ? "" : took < .milliseconds(10) ? " in \(tenths(took)) ms" : " in \(took.milliseconds) ms"
    }

    private static func tenths(_ took: Duration) -> String {
        let value = Int((took.seconds * 10_000).rounded())
        return "\(value / 10).\(value % 10)"
    }

    package var json: String {
        var json = JSONWriter()
        json.object { json in
            json.field("request_id", request)
            json.field("cause", cause)
            json.field("events") { json in
                json.array(lines) { json, line in
                    json.object { json in
                        json.field("at", line.at.iso8601MicroZ)
                        json.field("seconds", line.took.seconds)
                        json.field("who", line.who)
                        json.field("what", line.what)
                        json.field("outcome", line.outcome)
                        json.field("request_id", line.requestID)
                        json.field("detail", line.detail)
                    }
                }
            }
            json.field("workflows") { json in json.array(sagas) { json, saga in saga.write(to: &json) } }
            json.field("daemons") { json in
                json.array(memories) { json, memory in
                    json.object { json in
                        json.field("daemon", memory.daemon)
                        json.field("events", memory.events.count)
                        json.field("oldest", memory.oldest)
                        json.field("problem", memory.problem)
                    }
                }
            }
        }
        return json.text
    }
}
