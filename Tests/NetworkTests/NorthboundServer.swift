import FoundationEssentials
import Glibc
import OVSDB

/// A private ovsdb-server with OVN's northbound schema, ended by its process id.
final class NorthboundServer: Sendable {
    static let schema = "/usr/share/ovn/ovn-nb.ovsschema"
    static let isAvailable = access("/usr/sbin/ovsdb-server", X_OK) == 0 && access(schema, R_OK) == 0

    private let folder: String
    private let process: pid_t
    var remote: OVSDBRemote { .unix("\(folder)/db.sock") }

    init() throws {
        folder = "/tmp/apus-nb-\(UUID().uuidString.prefix(8))"
        mkdir(folder, 0o700)
        var status: Int32 = 0
        waitpid(try Self.spawn(["/usr/bin/ovsdb-tool", "create", "\(folder)/nb.db", Self.schema]), &status, 0)
        process = try Self.spawn([
            "/usr/sbin/ovsdb-server", "--remote=punix:\(folder)/db.sock", "--unixctl=\(folder)/ctl",
            "--log-file=\(folder)/log", "-vconsole:off", "\(folder)/nb.db",
        ])
    }

    func stop() {
        // Not SIGTERM: the child has the signal mask of the thread that spawned it.
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        for name in ["nb.db", "db.sock", "ctl", "log", ".nb.db.~lock~"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
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

/// Waits, with a bound, for a condition.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<500 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw OVSDBError.malformed("never: \(what)")
}
