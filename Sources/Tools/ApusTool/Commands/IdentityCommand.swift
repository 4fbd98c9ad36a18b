import ArgumentParser
import Core
import Database
import FoundationEssentials
import Identity
import Logging

/// `apus identity import`.
struct IdentityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity", abstract: "Takes over what another cloud has.", subcommands: [Import.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Takes over a Keystone's database and keys: ids, passwords and tokens stay good.",
            discussion: """
                The Keystone is only read, and should be stopped. Identity's database must be migrated and empty. \
                Everything is read and checked before anything is written; after a break, start it again.
                """)

        /// Not an option: what is on the command line can be seen by everybody on the machine.
        private static let variable = "APUS_KEYSTONE_CONNECTION"

        @Option(help: "File with the [database] connection of keystone.conf; APUS_KEYSTONE_CONNECTION if not given.")
        var connectionFile: String?

        @Option(help: "The Keystone's credential keys.")
        var credentialKeys = "/etc/keystone/credential-keys"

        @Option(help: "The Keystone's token keys; empty: its tokens are not to stay valid.")
        var fernetKeys = "/etc/keystone/fernet-keys"

        @Flag(help: "Read and check everything, and write nothing.")
        var dryRun = false

        @Flag(help: "Also after an import that was finished: what was deleted since comes back.")
        var again = false

        @ArgumentParser.OptionGroup var files: ConfigurationOptions

        func run() async throws {
            let configuration = try files.configuration("identity.conf")
            let connection = try connection()
            guard dryRun else {
                try FernetCommand.setUp(configuration)
                return try await run(configuration, keys: configuration, connection)
            }
            // What is sealed with these is thrown away.
            let keys = "\(FileManager.default.temporaryDirectory.path)/apus-import-\(IDGenerator.random.hex())"
            defer { try? FileManager.default.removeItem(atPath: keys) }
            let trial = try ServiceFiles.configuration(
                files.path("identity.conf"),
                files.overrides + [
                    "fernet_tokens.key_repository=\(keys)/tokens", "credential.key_repository=\(keys)/credentials",
                ])
            try trial.read(FernetTokenOptions.self).folder.setUp()
            try trial.read(CredentialOptions.self).folder.setUp()
            try await run(configuration, keys: trial, connection)
        }

        private func run(
            _ configuration: Core.Configuration, keys: Core.Configuration, _ connection: String
        ) async throws {
            let ours = try await ServiceFiles.database(configuration)
            try await Migrator.check(ours, service: "identity", identityMigrations)
            let theirs = try await ServiceFiles.database(try KeystoneDatabase.options(connection))
            var logger = Logger(label: "apus")
            logger.logLevel = .warning
            let env = try IdentityEnvironment.make(
                configuration: keys, database: ours, clock: .system, ids: .random, logger: logger
            ) { _ in }
            let work = try KeystoneImport(
                env, from: KeystoneDatabase(theirs),
                credentialKeys: FernetKeyFolder(path: credentialKeys, maximumKeys: 3))
            let folder = try configuration.read(FernetTokenOptions.self).folder
            var report = try await run(work, folder, isTrial: true)
            if !dryRun {
                report = try await run(work, folder, isTrial: false)
                try await work.finish()
            }
            print(report.text)
            if dryRun {
                print("nothing was written")
            } else {
                let folder = try configuration.read(CredentialOptions.self).folder
                print("secrets are sealed with the keys in \(folder.path): copy them to the other identity hosts")
            }
            await theirs.close()
            await ours.close()
        }

        private func connection() throws -> String {
            if let connectionFile {
                let text = String(decoding: try Data(contentsOf: URL(filePath: connectionFile)), as: UTF8.self)
                return text.filter { !$0.isWhitespace }
            }
            guard let text = ProcessInfo.processInfo.environment[Self.variable], !text.isEmpty else {
                throw ValidationError("Give --connection-file, or \(Self.variable) in the environment.")
            }
            return text
        }

        private func run(_ work: KeystoneImport, _ folder: FernetKeyFolder, isTrial: Bool) async throws -> ImportReport
        {
            let report = try await work.run(isTrial: isTrial, again: again)
            guard !fernetKeys.isEmpty else { return report }
            let theirs = FernetKeyFolder(path: fernetKeys, maximumKeys: 3)
            if try await work.takeTokenKeys(from: theirs, to: folder, isTrial: isTrial), !isTrial {
                print("the Keystone's token keys are now in \(folder.path): copy them to the other identity hosts")
            }
            return report
        }
    }
}
