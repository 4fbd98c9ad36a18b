import Core
import Database
import FoundationEssentials
import Runtime

/// The services' databases and the machine's tools, for the comparisons.
actor DoctorContext {
    private let files: ConfigurationOptions
    private var databases: [String: Database] = [:]

    init(_ files: ConfigurationOptions) { self.files = files }

    /// A daemon's configuration.
    /// - Throws: `CheckSkipped` when this machine has none.
    func configuration(_ file: String) throws -> Configuration {
        let path = "\(files.config)/\(file)"
        guard FileManager.default.fileExists(atPath: path) else { throw CheckSkipped(reason: "there is no \(path)") }
        return try ServiceFiles.configuration(path, files.overrides)
    }

    /// A service's database.
    func database(_ service: String) async throws -> Database {
        if let open = databases[service] { return open }
        guard let schema = ServiceSchema.all.first(where: { $0.name == service }) else {
            throw CheckSkipped(reason: "service \(service) is not part of this release")
        }
        let database = try await ServiceFiles.database(try configuration(schema.file))
        databases[service] = database
        return database
    }

    /// Values of one column.
    func values(_ service: String, _ sql: SQL, _ column: String = "id") async throws -> Set<String> {
        Set(try await database(service).query(sql).map { try $0.get(column, as: String.self) })
    }

    /// This machine's name in the cloud.
    func host() throws -> String { try configuration("compute-agent.conf").read(DaemonOptions.self).host }

    /// What a program prints.
    /// - Throws: `CheckSkipped` when it cannot be run, with what it said.
    nonisolated func output(_ executable: String, _ arguments: [String]) async throws -> String {
        var command = Command(executable, arguments)
        command.timeout = .seconds(20)
        do {
            let result = try await command.run()
            guard result.succeeded else {
                throw CheckSkipped(reason: "\(executable) failed: \(result.errorOutput.split(separator: "\n").first ?? "")")
            }
            return result.output
        } catch let error as CheckSkipped {
            throw error
        } catch {
            throw CheckSkipped(reason: "\(executable) cannot be run: \(error)")
        }
    }

    func close() async {
        for database in databases.values { await database.close() }
        databases = [:]
    }
}

/// A setting of another daemon that the tool needs, with that daemon's default.
struct Setting<Group: SettingGroup>: OptionGroup {
    static var group: String { Group.group }
    let value: String

    init(_ options: inout OptionReader) throws {
        value = try options.value(Group.name, default: Group.fallback, help: "Read by the daemon.")
    }
}

protocol SettingGroup: Sendable {
    static var group: String { get }
    static var name: String { get }
    static var fallback: String { get }
}
