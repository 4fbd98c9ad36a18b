package import Core
package import Database
import FoundationEssentials
import Logging
import Runtime

/// A service's database as the doctor reaches it.
package struct ServiceDatabase: Sendable {
    package let name: String
    /// The configuration file of a daemon that uses it.
    package let file: String
    package let migrations: [Migration]

    package init(name: String, file: String, migrations: [Migration]) {
        self.name = name
        self.file = file
        self.migrations = migrations
    }
}

/// The cloud as seen from this machine: daemons' settings, the services' databases, the machine's programs.
package actor Cloud {
    package nonisolated let folder: String
    package nonisolated let services: [ServiceDatabase]
    package nonisolated let clock: WallClock
    /// Reads files and folders: a disk may hang.
    nonisolated let files = BlockingPool(name: "doctor-files", threads: 4, maxQueue: 1024)
    private nonisolated let overrides: [String]
    private nonisolated let programs: Programs
    private var databases: [String: Task<Database, any Error>] = [:]

    /// - Parameters:
    ///   - folder: of the daemons' configuration files.
    ///   - programs: runs the machine's programs; tests have their own.
    package init(
        folder: String, overrides: [String] = [], services: [ServiceDatabase], clock: WallClock = .system,
        programs: @escaping Programs = { try await Cloud.run($0, $1, $2) }
    ) {
        self.programs = programs
        self.folder = folder
        self.overrides = overrides
        self.services = services
        self.clock = clock
    }

    /// A daemon's configuration.
    /// - Throws: `CheckSkipped` when this machine has none.
    package nonisolated func configuration(_ file: String) throws -> Configuration {
        let path = "\(folder)/\(file)"
        guard FileManager.default.fileExists(atPath: path) else { throw CheckSkipped(reason: "there is no \(path)") }
        return try Configuration(
            file: path, dropIn: nil, environment: ProcessInfo.processInfo.environment, overrides: overrides)
    }

    /// Whether this machine has the daemon's configuration.
    nonisolated func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(file)") }

    /// A service's database, opened once for all checks.
    package func database(_ service: String) async throws -> Database {
        if let opening = databases[service] { return try await opening.value }
        guard let known = services.first(where: { $0.name == service }) else {
            throw CheckSkipped(reason: "service \(service) is not part of this release")
        }
        var options = try configuration(known.file).read(DatabaseOptions.self)
        options.poolSize = 2
        options.connectTimeout = min(options.connectTimeout, .seconds(3))
        var logger = Logger(label: "apus")
        logger.logLevel = .critical
        let opening = Task { [options, logger] in try await Database(options, logger: logger) }
        databases[service] = opening
        do {
            return try await opening.value
        } catch {
            databases[service] = nil
            throw error
        }
    }

    /// Values of one column.
    package func values(_ service: String, _ sql: SQL, _ column: String = "id") async throws -> Set<String> {
        Set(try await database(service).query(sql).map { try $0.get(column, as: String.self) })
    }

    /// This machine's name in the cloud.
    package nonisolated func host() throws -> String {
        try configuration("compute-agent.conf").read(DaemonOptions.self).host
    }

    /// What a program prints.
    /// - Throws: `CheckSkipped` when it is not installed, `CheckFailed` with what it said when it failed.
    package nonisolated func output(
        _ executable: String, _ arguments: [String], within limit: Duration = .seconds(8)
    ) async throws -> String {
        try await programs(executable, arguments, limit)
    }

    /// Runs a program and gives back what it prints.
    package typealias Programs = @Sendable (_ executable: String, [String], _ limit: Duration) async throws -> String

    package static func run(_ executable: String, _ arguments: [String], _ limit: Duration) async throws -> String {
        var command = Command(executable, arguments)
        command.timeout = limit
        do {
            let result = try await command.run()
            guard result.succeeded else {
                let said = result.errorOutput.split(whereSeparator: \.isNewline).joined(separator: "; ")
                throw CheckFailed(reason: "\(executable) failed: \(said.prefix(300))")
            }
            return result.output
        } catch let error as ServiceError where error.code == .notFound {
            throw CheckSkipped(reason: "\(executable) is not installed")
        } catch let error as ServiceError {
            throw CheckFailed(reason: "\(executable): \(error.message)")
        }
    }

    package func close() async {
        let open = databases.values
        databases = [:]
        for opening in open {
            if case .success(let database) = await opening.result { await database.close() }
        }
    }
}
