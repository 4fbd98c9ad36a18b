import ArgumentParser
import Core
import Database
import FoundationEssentials
import SchedulerModel
import Workflow

/// `apus explain SERVER`: where a server is now and why, from the databases of compute and placement.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explains the state of a server: its fault, its workflows, and how the scheduler chose.")

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    @Argument(help: "A server's id or name.")
    var server: String

    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        let compute = try await ServiceFiles.database(try files.configuration("compute-api.conf"))
        let rows = try await compute.query(
            """
            SELECT s.*, f.code AS fault_code, f.message AS fault_message, f.details AS fault_details,
                f.created_at AS fault_at
            FROM servers s LEFT JOIN server_faults f ON f.server_id = s.id
            WHERE s.id = \(server) OR s.name = \(server)
            ORDER BY s.deleted_at IS NULL DESC, s.created_at DESC LIMIT 10
            """)
        guard let row = rows.first else { throw ValidationError("There is no server \(server).") }
        if rows.count > 1, try row.get("id", as: String.self) != server {
            print("(\(rows.count) servers have that name; this is the newest)")
        }
        let id: String = try row.get("id")
        var report = Report(row: row, id: id)
        for saga in try await SagaTable.list(compute, unfinishedOnly: false, subject: id, limit: 5) {
            if let found = try await SagaTable.inspect(compute, id: saga.id) { report.sagas.append(found) }
        }
        await compute.close()
        report.selection = try await selection(of: id)
        print(json ? try report.json : try report.text)
    }

    /// The scheduler's last decision for the server.
    private func selection(of id: String) async throws -> Selection? {
        let path = files.path("scheduler.conf")
        guard FileManager.default.fileExists(atPath: path), path.hasSuffix("scheduler.conf") else { return nil }
        let placement = try await ServiceFiles.database(try ServiceFiles.configuration(path, files.overrides))
        let row = try await placement.first("SELECT selection FROM selections WHERE server = \(id)")
        await placement.close()
        return try row?.get("selection", as: JSONValue.self).decode(Selection.self)
    }
}

extension ExplainCommand {
    /// What was found out.
    struct Report {
        let row: Row
        let id: String
        var sagas: [(SagaRecord, [SagaJournalEntry])] = []
        var selection: Selection?

        var text: String {
            get throws {
                let now = Date()
                var lines = ["server \(id) (\(try row.get("name", as: String.self)))"]
                var state = "  \(try row.get("vm_state", as: String.self))"
                if let task: String = try row.get("task_state") { state += ", \(task)" }
                if let host: String = try row.get("host") { state += ", on \(host)" }
                if let deleted: Date = try row.get("deleted_at") { state += ", deleted \(age(deleted, now: now)) ago" }
                lines.append(state)
                if let message: String = try row.get("fault_message") {
                    let code: Int? = try row.get("fault_code")
                    lines.append("fault: \(message) (\(code ?? 500))")
                    if let details: String = try row.get("fault_details"), !details.isEmpty {
                        lines.append("  " + details.split(separator: "\n").joined(separator: "\n  "))
                    }
                }
                if let selection { lines += describe(selection) }
                for (saga, journal) in sagas { lines.append(WorkflowText.describe(saga, journal, now: now)) }
                return lines.joined(separator: "\n")
            }
        }

        private func describe(_ selection: Selection) -> [String] {
            var lines = [
                selection.host.map { "scheduler: chose \($0) of \(selection.considered) hosts" }
                    ?? "scheduler: \(selection.explanation)"
            ]
            for filter in selection.filters {
                lines.append(
                    "  \(filter.name) removed \(filter.removed)" + (filter.hint.map { ": \($0)" } ?? ""))
            }
            for ranked in selection.ranking { lines.append("  \(ranked.host) weighs \(ranked.weight)") }
            return lines
        }

        var json: String {
            get throws {
                var writer = JSONWriter()
                let faultMessage: String? = try row.get("fault_message")
                let taskState: String? = try row.get("task_state")
                let host: String? = try row.get("host")
                let vmState: String = try row.get("vm_state")
                let selection = try self.selection.map { try JSONValue(encoding: $0) } ?? .null
                writer.object {
                    $0.field("server", id)
                    $0.field("vm_state", vmState)
                    $0.field("task_state", taskState)
                    $0.field("host", host)
                    $0.field("fault", faultMessage)
                    $0.field("selection", selection)
                    $0.field("workflows") {
                        $0.array(sagas) { json, saga in
                            json.object {
                                $0.field("id", saga.0.id)
                                $0.field("name", saga.0.name)
                                $0.field("status", saga.0.status.rawValue)
                                $0.field("step", saga.0.step)
                                $0.field("waiting_for", saga.0.waitingFor)
                                $0.field("journal") {
                                    $0.array(saga.1) { json, entry in
                                        json.object {
                                            $0.field("step", entry.step)
                                            $0.field("phase", entry.phase)
                                            $0.field("outcome", entry.outcome)
                                            $0.field("started_at", entry.startedAt.iso8601Micro)
                                            $0.field("finished_at", entry.finishedAt.iso8601Micro)
                                            $0.field("error", entry.error)
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                return writer.text
            }
        }
    }
}
