import AsyncHTTPClient
import Core
import Database
import FoundationEssentials
import Network
import Runtime
import Stories

/// What the looking commands need of the machine's settings: which daemons there are, and their databases.
extension ConfigurationOptions {
    static let daemons = [
        "identity", "compute-api", "conductor", "scheduler", "compute-agent", "image", "block-storage", "network",
    ]

    /// The daemons configured on this machine, and those elsewhere that are named by their admin port.
    func daemonAddresses(elsewhere: [String] = []) throws -> [DaemonAddress] {
        let here = try Self.daemons.compactMap { name -> DaemonAddress? in
            let path = "\(config)/\(name).conf"
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            let configuration = try ServiceFiles.configuration(path, overrides)
            let admin = try configuration.read(AdminOptions.self)
            return DaemonAddress(
                name: name, url: admin.port == 0 ? nil : "http://\(admin.bind):\(admin.port)",
                folder: try configuration.read(StoriesOptions.self).path)
        }
        return here + elsewhere.map { DaemonAddress(name: $0, url: $0, folder: nil) }
    }

    /// All databases that can be reached; the others with the reason, since a broken cloud is what one looks at.
    func cloudDatabases() async -> CloudDatabases {
        var open: [String: Database] = [:]
        var missing: [String: String] = [:]
        for schema in ServiceSchema.all {
            let path = path(schema.file)
            guard FileManager.default.fileExists(atPath: path) else {
                missing[schema.name] = "there is no \(path)"
                continue
            }
            do {
                var options = try ServiceFiles.configuration(path, overrides).read(DatabaseOptions.self)
                options.poolSize = 1
                options.connectTimeout = min(options.connectTimeout, .seconds(3))
                let database = try await ServiceFiles.database(options)
                do { _ = try await database.query("SELECT 1 AS one") } catch {
                    await database.close()
                    throw error
                }
                open[schema.name] = database
            } catch {
                missing[schema.name] = (error as? ServiceError)?.message ?? "\(error)"
            }
        }
        return CloudDatabases(open, missing: missing)
    }

    /// Asks OVN, by its own tool, whether a port is up and on which chassis.
    func ovnState() -> @Sendable (String) async -> String? {
        let path = "\(config)/network.conf"
        return { port in
            do {
                let options = try ServiceFiles.configuration(path).read(OVNOptions.self)
                let northbound = try await Self.ask(
                    "ovn-nbctl", options.northbound,
                    ["--if-exists", "get", "Logical_Switch_Port", port, "up", "enabled"])
                guard let up = northbound.first else { return "has no such port" }
                let chassis = try await Self.ask(
                    "ovn-sbctl", options.southbound,
                    ["--bare", "--columns=chassis", "find", "Port_Binding", "logical_port=\(port)"])
                guard let id = chassis.first else { return "up \(up), bound nowhere" }
                let host = try await Self.ask("ovn-sbctl", options.southbound, ["get", "Chassis", id, "hostname"]).first
                return "up \(up), bound on \(host ?? id)"
            } catch {
                return nil
            }
        }
    }

    private static func ask(_ tool: String, _ database: String, _ arguments: [String]) async throws -> [String] {
        var command = Command(tool, ["--db=\(database)", "--no-leader-only", "--timeout=5"] + arguments)
        command.timeout = .seconds(10)
        let result = try await command.run()
        guard result.succeeded else { throw ServiceError(.unavailable, "\(tool) failed.") }
        return result.output.split(separator: "\n").map { String($0.filter { $0 != "\"" }) }.filter { !$0.isEmpty }
    }
}
