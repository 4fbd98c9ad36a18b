import ArgumentParser
import Core
import Database
import FoundationEssentials

/// `apus migrate SERVICE|all`.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the schema of one service's database, or of all, up to date.")

    @Argument(help: "identity, compute, placement, image, block-storage, network, or all.")
    var service: String

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    func run() async throws {
        guard service == "all" else {
            return try await migrate(
                try ServiceSchema.named(service), files.path(try ServiceSchema.named(service).file))
        }
        for schema in ServiceSchema.all {
            let path = files.path(schema.file)
            guard FileManager.default.fileExists(atPath: path) else {
                print("\(schema.name): skipped, there is no \(path)")
                continue
            }
            try await migrate(schema, path)
        }
    }

    private func migrate(_ schema: ServiceSchema, _ path: String) async throws {
        let configuration = try ServiceFiles.configuration(path, files.overrides)
        let database = try await ServiceFiles.database(configuration)
        let count = try await Migrator.migrate(database, service: schema.name, schema.migrations)
        await database.close()
        print("\(schema.name): \(count == 0 ? "up to date" : "\(count) migrations run") (database \(database.name))")
    }
}
