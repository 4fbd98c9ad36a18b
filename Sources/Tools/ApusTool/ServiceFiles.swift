import ArgumentParser
import BlockStorage
import ComputeStore
import Core
import Database
import FoundationEssentials
import Identity
import Image
import Logging
import Network
import Scheduler

/// A service's database as the tool knows it: its name on the command line, its schema and the daemon
/// whose configuration file says how to reach it.
struct ServiceSchema: Sendable {
    let name: String
    let file: String
    let migrations: [Migration]

    static let all: [ServiceSchema] = [
        ServiceSchema(name: "identity", file: "identity.conf", migrations: identityMigrations),
        ServiceSchema(name: "compute", file: "compute-api.conf", migrations: computeMigrations),
        ServiceSchema(name: "placement", file: "scheduler.conf", migrations: placementMigrations),
        ServiceSchema(name: "network", file: "network.conf", migrations: networkMigrations),
        ServiceSchema(name: "image", file: "image.conf", migrations: imageMigrations),
        ServiceSchema(name: "block-storage", file: "block-storage.conf", migrations: blockStorageMigrations),
    ]

    static func named(_ name: String) throws -> ServiceSchema {
        guard let found = all.first(where: { $0.name == name }) else {
            throw ValidationError("There is no service \(name): \(all.map(\.name).joined(separator: ", ")).")
        }
        return found
    }
}

/// Daemons' configuration files, read as the daemons read them.
struct ServiceFiles {
    static let defaultFolder = "/etc/apus"

    static func configuration(_ path: String, _ overrides: [String] = []) throws -> Configuration {
        try Configuration(
            file: path, dropIn: nil, environment: ProcessInfo.processInfo.environment, overrides: overrides)
    }

    static func database(_ configuration: Configuration) async throws -> Database {
        try await database(try configuration.read(DatabaseOptions.self))
    }

    static func database(_ options: DatabaseOptions) async throws -> Database {
        var logger = Logger(label: "apus")
        logger.logLevel = .warning
        return try await Database(options, logger: logger)
    }
}

/// What `--config` gives, for every command that reads daemons' files.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: "A daemon's configuration file, or the folder of all of them.")
    var config = ServiceFiles.defaultFolder

    @Option(name: .customLong("set"), help: "group.key=value, over what the file says. May be repeated.")
    var overrides: [String] = []

    /// The file itself, or the one of that name in the folder.
    func path(_ file: String) -> String {
        var isFolder = false
        if FileManager.default.fileExists(atPath: config, isDirectory: &isFolder), isFolder {
            return "\(config)/\(file)"
        }
        return config
    }

    func configuration(_ file: String) throws -> Configuration {
        try ServiceFiles.configuration(path(file), overrides)
    }
}
