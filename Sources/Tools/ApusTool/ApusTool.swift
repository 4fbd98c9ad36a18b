import ArgumentParser
import Core
import Glibc

/// The operators' tool.
@main
struct ApusTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "Prepares, inspects and repairs an Apus cloud.",
        subcommands: [
            MigrateCommand.self, BootstrapCommand.self, FernetCommand.self, JWSCommand.self, CredentialCommand.self,
            IdentityCommand.self,
            AuditCommand.self,
            StatusCommand.self, WorkflowsCommand.self, ExplainCommand.self, DoctorCommand.self,
        ])

    /// Ends like the daemons: 2 for bad configuration, 3 for something unreachable, with one clear line.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as ConfigurationError {
            complain("\(error)", status: 2)
        } catch let error as ServiceError where error.code == .notFound || error.code == .conflict {
            complain(error.message, status: 1)
        } catch let error as ServiceError {
            // For operators, so with all that is known.
            complain(error.debugDescription, status: error.code == .unavailable || error.code == .timeout ? 3 : 1)
        } catch {
            exit(withError: error)
        }
    }

    private static func complain(_ text: String, status: Int32) -> Never {
        note(text)
        Glibc.exit(status)
    }

    /// A line to standard error.
    static func note(_ text: String) {
        let line = Array("apus: \(text)\n".utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
