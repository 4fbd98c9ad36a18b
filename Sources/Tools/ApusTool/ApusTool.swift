import ArgumentParser

/// The operators' tool.
@main
struct ApusTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Prepares, inspects and repairs an Apus cloud.",
        subcommands: [
            MigrateCommand.self, BootstrapCommand.self, FernetCommand.self, StatusCommand.self, WorkflowsCommand.self,
            ExplainCommand.self, DoctorCommand.self,
        ])
}
