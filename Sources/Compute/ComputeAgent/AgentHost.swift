import Core
import Glibc
import Logging

/// What all parts of an agent share: the host's name, folders, time and log.
struct AgentHost: Sendable {
    let host: String
    let options: AgentOptions
    let paths: HostPaths
    let files: HostFiles
    let clock: any Clock<Duration>
    let wallClock: WallClock
    let logger: Logger

    init(
        host: String, options: AgentOptions, files: HostFiles = HostFiles(),
        clock: any Clock<Duration> = ContinuousClock(), wallClock: WallClock = .system, logger: Logger
    ) {
        self.host = host
        self.options = options
        self.paths = HostPaths(root: options.statePath)
        self.files = files
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
    }

    /// Makes the state folders.
    func prepare() async throws {
        for folder in [paths.instances, paths.images] { try await files.makeFolder(folder, mode: HostPaths.passable) }
        try await files.makeFolder(paths.tombstones)
    }

    /// The host's resource provider id: made once and kept, since the host's name may change hands.
    func nodeID(_ ids: IDGenerator) async throws -> String {
        if let bytes = try await files.read(paths.nodeID) {
            let id = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
            guard isUUIDLike(id) else {
                throw ServiceError(.internal, "The host's id cannot be read.", detail: paths.nodeID)
            }
            return id
        }
        let id = ids.uuid()
        try await files.replace(paths.nodeID, Array("\(id)\n".utf8))
        return id
    }

    /// `O_DIRECT`, which Glibc's module leaves out: open(2), by architecture.
    #if arch(arm64)
        private static let directAccess: Int32 = 0o200000
    #else
        private static let directAccess: Int32 = 0o40000
    #endif

    /// Whether the state folder's file system lets guests' disks bypass the page cache.
    func supportsDirectAccess() async throws -> Bool {
        let path = "\(paths.root)/.direct"
        return try await files.run {
            let descriptor = open(path, O_RDWR | O_CREAT | Self.directAccess | O_CLOEXEC, 0o600)
            defer { unlink(path) }
            guard descriptor >= 0 else { return false }
            close(descriptor)
            return true
        }
    }
}
