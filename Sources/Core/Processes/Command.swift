import CLinux
import Glibc

/// A program to run: an executable and its arguments, never a shell.
///
/// It gets its own process group, a time limit, resource limits and only the environment it is given;
/// at the limit the whole group is killed.
public struct Command: Sendable {
    /// Limits of the process itself (setrlimit(2)); nil leaves them as they are.
    public struct Limits: Sendable {
        public var cpuSeconds: Int?
        public var addressSpaceBytes: Int?
        /// Of any file it writes: at the first byte more it is killed.
        public var fileBytes: Int64?
        /// Whether it is killed when this process ends, however that ends. For what goes on for long and would
        /// otherwise write beside the next attempt.
        public var endsWithProcess = false

        public init(
            cpuSeconds: Int? = nil, addressSpaceBytes: Int? = nil, fileBytes: Int64? = nil,
            endsWithProcess: Bool = false
        ) {
            self.cpuSeconds = cpuSeconds
            self.addressSpaceBytes = addressSpaceBytes
            self.fileBytes = fileBytes
            self.endsWithProcess = endsWithProcess
        }
    }

    public let executable: String
    public let arguments: [String]
    public var timeout: Duration = .seconds(60)
    public var limits = Limits()
    public var environment: [String: String] = ["PATH": Command.searchPath, "LC_ALL": "C.UTF-8"]
    public var standardInput: [UInt8] = []
    /// Bytes kept of each output stream; a program that writes more is killed.
    public var outputLimit = 4 << 20
    /// Where it is waited for. Nil is the pool that all commands share: what takes hours must not hold its threads.
    public var pool: BlockingPool?

    static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    private static let pool = BlockingPool(name: "command", threads: 16, maxQueue: 256)

    /// - Parameter executable: a path, or a name looked up in the system's usual folders.
    public init(_ executable: String, _ arguments: [String] = []) {
        self.executable = executable
        self.arguments = arguments
    }

    /// Runs the program to its end.
    /// - Throws: `ServiceError`: `.notFound` when there is no such program, `.timeout` at the time limit,
    ///   `.tooLarge` beyond the output limit; `CancellationError` when the task was cancelled.
    public func run() async throws -> CommandResult {
        let cancellation = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await (pool ?? Command.pool).run {
                var process = try RunningProcess(self)
                return try process.finish(self, cancellation)
            }
        } onCancel: {
            cancellation.set()
        }
    }

    /// Runs the program and requires success.
    /// - Throws: also `ServiceError(.internal)` with the last of its error output as detail.
    @discardableResult
    public func checked() async throws -> CommandResult {
        let result = try await run()
        guard result.succeeded else {
            throw ServiceError(
                .internal, "An external program failed.",
                detail: "\(executable) ended with status \(result.status): \(result.errorOutput.suffix(2000))")
        }
        return result
    }

    func resolvedPath() throws -> String {
        if executable.contains("/") { return executable }
        for folder in Command.searchPath.split(separator: ":") {
            let path = "\(folder)/\(executable)"
            if access(path, X_OK) == 0 { return path }
        }
        throw ServiceError(.notFound, "A required program is not installed.", detail: "\(executable) is not in PATH")
    }
}
