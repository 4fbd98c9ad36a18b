import Core
import FoundationEssentials
import Glibc
import Logging
import OVSDB

/// A private ovsdb-server with OVN's northbound schema on a Unix socket, ended by its process id.
final class OVSDBServer: Sendable {
    static let schema = "/usr/share/ovn/ovn-nb.ovsschema"
    static let isAvailable =
        access("/usr/sbin/ovsdb-server", X_OK) == 0 && access(schema, R_OK) == 0

    let folder: String
    var socket: String { "\(folder)/db.sock" }
    private let process: pid_t

    init(reusing folder: String? = nil) throws {
        let folder = folder ?? "/tmp/apus-ovsdb-\(UUID().uuidString.prefix(8))"
        self.folder = folder
        mkdir(folder, 0o700)
        if access("\(folder)/nb.db", F_OK) != 0 {
            try Self.run(["/usr/bin/ovsdb-tool", "create", "\(folder)/nb.db", Self.schema])
        }
        process = try Self.spawn([
            "/usr/sbin/ovsdb-server", "--remote=punix:\(folder)/db.sock", "--unixctl=\(folder)/ctl",
            "--log-file=\(folder)/log", "-vconsole:off", "\(folder)/nb.db",
        ])
    }

    func stop(keepingFiles: Bool = false) {
        // Not SIGTERM: the child has the signal mask of the thread that spawned it.
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        if !keepingFiles {
            for name in ["nb.db", "db.sock", "ctl", "log", ".nb.db.~lock~"] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
    }

    func options(_ tables: [MonitoredTable]) -> OVSDBClientOptions {
        var options = OVSDBClientOptions(remotes: [.unix(socket)], database: "OVN_Northbound", tables: tables)
        options.backoff = .milliseconds(20) ... .milliseconds(100)
        return options
    }

    private static func run(_ arguments: [String]) throws {
        var status: Int32 = 0
        waitpid(try spawn(arguments), &status, 0)
        if status != 0 { throw OVSDBError.malformed("\(arguments[0]) failed") }
    }

    private static func spawn(_ arguments: [String]) throws -> pid_t {
        var pid: pid_t = 0
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argv.append(nil)
        defer { for pointer in argv { free(pointer) } }
        guard posix_spawn(&pid, arguments[0], nil, nil, argv, environ) == 0 else {
            throw OVSDBError.malformed("cannot start \(arguments[0])")
        }
        return pid
    }
}

/// Runs `body` against a client of a private server.
func withClient(
    _ tables: [MonitoredTable], _ body: (OVSDBClient, OVSDBServer) async throws -> Void
) async throws {
    let server = try OVSDBServer()
    defer { server.stop() }
    let client = OVSDBClient(server.options(tables), logger: Logger(label: "test"))
    let running = Task { try await client.run() }
    defer { running.cancel() }
    try await eventually { await client.isConnected }
    try await body(client, server)
    running.cancel()
    _ = try? await running.value
}

/// Waits, with a bound, for a condition.
func eventually(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<500 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw OVSDBError.timeout
}
