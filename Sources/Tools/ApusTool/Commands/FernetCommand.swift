import ArgumentParser
import Core
import Identity

/// `apus fernet setup|rotate`.
struct FernetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fernet", abstract: "Makes and rotates identity's token keys.",
        subcommands: [SetUp.self, Rotate.self])

    /// Makes the token and the credential keys where they are missing.
    static func setUp(_ configuration: Core.Configuration) throws {
        let tokens = try configuration.read(FernetTokenOptions.self).folder
        if try tokens.setUp() { print("made token keys in \(tokens.path)") }
        let credentials = try configuration.read(CredentialOptions.self).folder
        if try credentials.setUp() { print("made credential keys in \(credentials.path)") }
    }

    struct SetUp: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "setup", abstract: "Makes the key folders and first keys, where they are missing.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        func run() async throws { try FernetCommand.setUp(try files.configuration("identity.conf")) }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Makes the staged key the primary one, stages a new one and drops the oldest.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        func run() async throws {
            let options = try files.configuration("identity.conf").read(FernetTokenOptions.self)
            guard options.rotationInterval == nil else {
                throw ValidationError("identity rotates its keys by itself: [fernet_tokens] rotation_interval is set.")
            }
            let folder = options.folder
            print("primary key is now \(try folder.rotate()) in \(folder.path)")
        }
    }
}
