import ArgumentParser
import Core
import Database
import FoundationEssentials
import Workflow

/// `apus workflows list|show|resume`: the sagas of the services that have some.
struct WorkflowsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflows", abstract: "Shows long operations, and resumes those that are stuck.",
        subcommands: [List.self, Show.self, Resume.self], defaultSubcommand: List.self)

    /// Services whose database has sagas.
    static let services = ["compute", "block-storage"]

    /// Runs `body` with each database that there is a configuration for, until it returns something.
    static func first<T: Sendable>(
        _ files: ConfigurationOptions, _ body: (String, Database) async throws -> T?
    ) async throws -> T? {
        for name in services {
            guard let schema = ServiceSchema.all.first(where: { $0.name == name }) else { continue }
            let path = files.path(schema.file)
            guard FileManager.default.fileExists(atPath: path) else { continue }
            let database = try await ServiceFiles.database(try ServiceFiles.configuration(path, files.overrides))
            do {
                let found = try await body(name, database)
                await database.close()
                if let found { return found }
            } catch {
                await database.close()
                throw error
            }
        }
        return nil
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists workflows, newest first.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        @Flag(help: "Also those that are over.")
        var all = false

        @Option(help: "Only those of this server or volume.")
        var subject: String?

        func run() async throws {
            var table = Table("SERVICE", "ID", "NAME", "SUBJECT", "STATUS", "STEP", "SINCE", "WAITS FOR")
            let now = Date()
            let rows = WorkflowRows()
            _ = try await WorkflowsCommand.first(files) { service, database -> Bool? in
                for saga in try await SagaTable.list(database, unfinishedOnly: !all, subject: subject) {
                    rows.add([
                        service, saga.id, saga.name, saga.subject, saga.status.rawValue, saga.step,
                        age(saga.stepStartedAt ?? saga.updatedAt, now: now), saga.waitingFor ?? "",
                    ])
                }
                return nil
            }
            table.rows = rows.all
            print(table.text)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows one workflow with its journal.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        @Argument(help: "The workflow's id.")
        var id: String

        func run() async throws {
            let found = try await WorkflowsCommand.first(files) { _, database in
                try await SagaTable.inspect(database, id: id)
            }
            guard let (saga, journal) = found else { throw ValidationError("There is no workflow \(id).") }
            print(WorkflowText.describe(saga, journal, now: Date()))
            print("state: \(saga.state)")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Lets a stuck workflow go on undoing.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        @Argument(help: "The workflow's id.")
        var id: String

        func run() async throws {
            let found = try await WorkflowsCommand.first(files) { _, database -> Bool? in
                guard try await SagaTable.inspect(database, id: id) != nil else { return nil }
                try await SagaTable.resume(database, id: id, now: Date())
                return true
            }
            guard found == true else { throw ValidationError("There is no workflow \(id).") }
            print("workflow \(id) goes on")
        }
    }
}

/// Rows gathered over several databases.
private final class WorkflowRows {
    private(set) var all: [[String]] = []
    func add(_ row: [String]) { all.append(row) }
}

/// A saga and its journal in words.
enum WorkflowText {
    static func describe(_ saga: SagaRecord, _ journal: [SagaJournalEntry], now: Date) -> String {
        var lines = ["workflow \(saga.name) \(saga.id): \(saga.status.rawValue)"]
        if !saga.status.isOver {
            var line = "  now at step \(saga.step), attempt \(saga.attempt)"
            if let since = saga.stepStartedAt { line += ", for \(age(since, now: now))" }
            if let owner = saga.owner { line += ", worked on by \(owner)" }
            if let waiting = saga.waitingFor { line += ", waits for \(waiting)" }
            if let deadline = saga.deadline { line += ", until \(deadline.iso8601)" }
            lines.append(line)
        }
        if let failure = saga.failure { lines.append("  failed: \(failure)") }
        for entry in journal {
            let milliseconds = Int(entry.finishedAt.timeIntervalSince(entry.startedAt) * 1000)
            var line = "  \(entry.startedAt.iso8601Micro) \(entry.phase) \(entry.step): \(entry.outcome)"
            line += " in \(milliseconds) ms"
            if entry.attempt > 1 { line += ", attempt \(entry.attempt)" }
            if let owner = entry.owner { line += ", by \(owner)" }
            if let error = entry.error { line += "\n      \(error)" }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
