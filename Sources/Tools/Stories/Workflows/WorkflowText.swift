package import Core
package import FoundationEssentials
import Workflow

/// Sagas in words, and as JSON.
extension ServiceSaga {
    package static let headings = [
        "SERVICE", "ID", "NAME", "SUBJECT", "STATUS", "STEP", "SINCE", "TRIED", "OWNER", "WAITS FOR",
    ]

    package func row(now: Date) -> [String] {
        [
            service, record.id, record.name, record.subject, record.status.rawValue, record.step,
            age(record.stepStartedAt ?? record.updatedAt, now: now), String(record.attempt + 1), owner(now: now) ?? "-",
            record.waitingFor ?? record.failure?.message ?? "",
        ]
    }

    /// Who works on it, and until when the lease lasts.
    package func owner(now: Date) -> String? {
        guard let owner = record.owner else { return nil }
        guard let due = record.dueAt else { return owner }
        let seconds = Int(due.timeIntervalSince(now))
        return seconds >= 0 ? "\(owner), lease for \(seconds) s" : "\(owner), lease over for \(-seconds) s"
    }

    package func text(now: Date) -> [String] {
        var lines = ["workflow \(record.name) \(record.id) of \(service): \(record.status.rawValue)"]
        if !record.status.isOver {
            var line = "  now at step \(record.step), try \(record.attempt + 1)"
            if let since = record.stepStartedAt { line += ", for \(age(since, now: now))" }
            if let owner = owner(now: now) { line += ", worked on by \(owner), generation \(record.generation)" }
            if let waiting = record.waitingFor { line += ", waits for \(waiting)" }
            if let deadline = record.deadline { line += ", until \(deadline.iso8601)" }
            lines.append(line)
        }
        lines.append("  begun \(record.createdAt.iso8601) by \(record.requestID)")
        if let failure = record.failure { lines.append("  failed at \(failure.step): \(failure.message)") }
        return lines
            + journal.map { entry in
                let milliseconds = Int(entry.finishedAt.timeIntervalSince(entry.startedAt) * 1000)
                var line =
                    "  \(entry.startedAt.iso8601Micro) \(entry.phase) \(entry.step): \(entry.outcome) in \(milliseconds) ms"
                if entry.attempt > 0 { line += ", try \(entry.attempt + 1)" }
                if let owner = entry.owner { line += ", by \(owner)" }
                if let error = entry.error { line += "\n      \(error)" }
                return line
            }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("service", service)
            json.field("id", record.id)
            json.field("name", record.name)
            json.field("subject", record.subject)
            json.field("status", record.status.rawValue)
            json.field("step", record.step)
            json.field("attempt", record.attempt)
            json.field("owner", record.owner)
            json.field("due_at", record.dueAt?.iso8601MicroZ)
            json.field("generation", Int(record.generation))
            json.field("waiting_for", record.waitingFor)
            json.field("failure", record.failure?.message)
            json.field("request_id", record.requestID)
            json.field("step_started_at", record.stepStartedAt?.iso8601MicroZ)
            json.field("created_at", record.createdAt.iso8601MicroZ)
            json.field("finished_at", record.finishedAt?.iso8601MicroZ)
            json.field("journal") { json in
                json.array(journal) { json, entry in
                    json.object { json in
                        json.field("step", entry.step)
                        json.field("phase", entry.phase)
                        json.field("outcome", entry.outcome)
                        json.field("attempt", entry.attempt)
                        json.field("owner", entry.owner)
                        json.field("generation", Int(entry.generation))
                        json.field("started_at", entry.startedAt.iso8601MicroZ)
                        json.field("finished_at", entry.finishedAt.iso8601MicroZ)
                        json.field("error", entry.error)
                    }
                }
            }
        }
    }
}
