import FoundationEssentials
import Glibc

/// A private ovsdb-server with one database on a Unix socket, ended by its process id.
public final class OVSDBServer: Sendable {
    public enum Schema: String, Sendable {
        case northbound = "/usr/share/ovn/ovn-nb.ovsschema"
        case openVSwitch = "/usr/share/openvswitch/vswitch.ovsschema"

        /// Whether such a server can be started here.
        public var isAvailable: Bool {
            access("/usr/sbin/ovsdb-server", X_OK) == 0 && access(rawValue, R_OK) == 0
        }
    }

    public struct Failure: Error {
        public let program: String
    }

    public let folder: String
    public var socket: String { "\(folder)/db.sock" }
    private let process: pid_t

    /// - Parameters:
    ///   - folder: of a server that was stopped with its files kept, to go on with its database.
    ///   - more: further arguments, such as a remote with TLS.
    public init(_ schema: Schema = .northbound, reusing folder: String? = nil, more: [String] = []) throws {
        let folder = folder ?? "/tmp/apus-ovsdb-\(UUID().uuidString.prefix(8))"
        self.folder = folder
        mkdir(folder, 0o700)
        if access("\(folder)/db", F_OK) != 0 {
            try Self.run(["/usr/bin/ovsdb-tool", "create", "\(folder)/db", schema.rawValue])
        }
        process = try Self.spawn(
            [
                "/usr/sbin/ovsdb-server", "--remote=punix:\(folder)/db.sock", "--unixctl=\(folder)/ctl",
                "--log-file=\(folder)/log", "-vconsole:off",
            ] + more + ["\(folder)/db"])
    }

    public func stop(keepingFiles: Bool = false) {
        // Not SIGTERM: the child has the signal mask of the thread that spawned it.
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        if !keepingFiles {
            for name in ["db", "db.sock", "ctl", "log", ".db.~lock~"] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
    }

    private static func run(_ arguments: [String]) throws {
        var status: Int32 = 0
        waitpid(try spawn(arguments), &status, 0)
        if status != 0 { throw Failure(program: arguments[0]) }
    }

    private static func spawn(_ arguments: [String]) throws -> pid_t {
        var pid: pid_t = 0
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argv.append(nil)
        defer { for pointer in argv { free(pointer) } }
        guard posix_spawn(&pid, arguments[0], nil, nil, argv, environ) == 0 else {
            throw Failure(program: arguments[0])
        }
        return pid
    }
}
