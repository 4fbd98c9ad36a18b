import ArgumentParser
import Core
import Database
import Identity
import Logging

/// `apus credential rotate|renew`.
struct CredentialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential", abstract: "Rotates the keys that identity's stored secrets are encrypted with.",
        subcommands: [Rotate.self, Renew.self])

    /// - Returns: how many texts were encrypted anew.
    static func renew(_ configuration: Core.Configuration) async throws -> Int {
        let database = try await ServiceFiles.database(configuration)
        try await Migrator.check(database, service: "identity", identityMigrations)
        var logger = Logger(label: "apus")
        logger.logLevel = .warning
        let env = try IdentityEnvironment.make(
            configuration: configuration, database: database, clock: .system, ids: .random, logger: logger
        ) { _ in }
        let count = try await CredentialKeys(env).renew()
        await database.close()
        return count
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Encrypts everything with the primary key, makes the staged key the primary one and drops the "
                + "oldest, which nothing needs any more.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        func run() async throws {
            let configuration = try files.configuration("identity.conf")
            print("encrypted anew: \(try await CredentialCommand.renew(configuration))")
            let folder = try configuration.read(CredentialOptions.self).folder
            print("primary key is now \(try folder.rotate()) in \(folder.path)")
        }
    }

    struct Renew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "renew", abstract: "Encrypts with the primary key what was encrypted with an older one.")

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        func run() async throws {
            print("encrypted anew: \(try await CredentialCommand.renew(try files.configuration("identity.conf")))")
        }
    }
}
