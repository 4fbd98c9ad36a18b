import ArgumentParser
import Core
import FoundationEssentials
import Stories
import Workflow

/// `apus workflows list|show|resume`: the sagas of the services that have some.
struct WorkflowsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflows", abstract: "Shows long operations, and resumes those that are stuck.",
        subcommands: [List.self, Show.self, Resume.self], defaultSubcommand: List.self)

    /// - Throws: `ValidationError` for a word that is no state.
    @Sendable static func status(_ text: String) throws -> SagaRecord.Status {
        guard let status = SagaRecord.Status(rawValue: text) else { throw ValidationError("'\(text)' is no state.") }
        return status
    }

    /// Runs `body` with the workflows of all services that can be reached.
    static func with<T: Sendable>(
        _ files: ConfigurationOptions, _ body: (Workflows) async throws -> T
    ) async throws -> T {
        let databases = await files.cloudDatabases()
        for name in CloudDatabases.withSagas {
            if let reason = databases.missing[name] { ApusTool.note("not read: \(name): \(reason)") }
        }
        do {
            let result = try await body(Workflows(databases))
            await databases.close()
            return result
        } catch {
            await databases.close()
            throw error
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists workflows, newest first.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        @Flag(help: "Also those that are over.")
        var all = false

        @Option(
            help: "Only those in this state: running, parked, undoing, stuck, succeeded, failed. May be repeated.",
            transform: WorkflowsCommand.status)
        var state: [SagaRecord.Status] = []

        @Option(help: "Only those of this name, such as build-server.")
        var name: String?

        @Option(help: "Only those of this server, volume, snapshot or image.")
        var subject: String?

        @Option(help: "Only those begun longer ago than this: 90s, 10m, 2h.")
        var olderThan: String?

        @Flag(help: "As JSON.")
        var json = false

        func run() async throws {
            let now = Date()
            var filter = SagaFilter(unfinishedOnly: !all && !state.contains(where: \.isOver), subject: subject)
            filter.statuses = state
            filter.name = name
            if let olderThan {
                guard let length = Duration(optionText: olderThan) else {
                    throw ValidationError("'\(olderThan)' is no length of time: 90s, 10m, 2h.")
                }
                filter.createdBefore = now.addingTimeInterval(-length.seconds)
            }
            let wanted = filter
            let sagas = try await WorkflowsCommand.with(files) { try await $0.list(wanted) }
            if json {
                var writer = JSONWriter()
                writer.array(sagas) { json, saga in saga.write(to: &json) }
                return print(writer.text)
            }
            var table = Table(ServiceSaga.headings)
            table.rows = sagas.map { $0.row(now: now) }
            print(table.text)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows one workflow with its journal.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        @Argument(help: "The workflow's id.")
        var id: String

        @Flag(help: "As JSON.")
        var json = false

        func run() async throws {
            let id = id
            guard let saga = try await WorkflowsCommand.with(files, { try await $0.show(id) }) else {
                throw ServiceError(.notFound, "There is no workflow \(id).")
            }
            if json {
                var writer = JSONWriter()
                saga.write(to: &writer)
                return print(writer.text)
            }
            print(saga.text(now: Date()).joined(separator: "\n"))
            print("state: \(saga.record.state)")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Lets a stuck workflow go on undoing; its journal says who asked.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        @Argument(help: "The workflow's id.")
        var id: String

        func run() async throws {
            let id = id
            let user = ProcessInfo.processInfo.environment["SUDO_USER"] ?? ProcessInfo.processInfo.environment["USER"]
            let name = "apus workflows resume" + (user.map { " by \($0)" } ?? "")
            try await WorkflowsCommand.with(files) { try await $0.resume(id, by: name, now: Date()) }
            print("workflow \(id) goes on")
        }
    }
}
