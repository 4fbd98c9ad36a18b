import ArgumentParser
import Core
import Identity

/// `apus jws setup|rotate`.
struct JWSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jws",
        abstract: "Makes and rotates the keys of identity's signed tokens ([token] provider = jws).",
        subcommands: [SetUp.self, Rotate.self])

    /// Makes the keys where they are missing.
    static func setUp(_ configuration: Core.Configuration) throws {
        let folders = try configuration.read(JWTTokenOptions.self).folders
        if try folders.setUp() { print("made keys in \(folders.privateFolder) and \(folders.publicFolder)") }
    }

    static func setUpIfUsed(_ configuration: Core.Configuration) throws {
        guard try configuration.read(TokenOptions.self).provider == .jws else { return }
        try setUp(configuration)
    }

    struct SetUp: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "setup", abstract: "Makes the key folders and first keys, where they are missing.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        func run() async throws { try JWSCommand.setUp(try files.configuration("identity.conf")) }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Makes the staged key the one that signs, stages a new one and drops the oldest public keys.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        func run() async throws {
            let folders = try files.configuration("identity.conf").read(JWTTokenOptions.self).folders
            print("the staged key is now number \(try folders.rotate()) in \(folders.publicFolder)")
        }
    }
}
