import ComputeModel
import Core
import FoundationEssentials
import Glibc

/// Remembers, for servers that are gone, the command that removed them: a late command to make one
/// again is refused also after a restart.
struct Tombstones: Sendable {
    let paths: HostPaths
    let files: HostFiles

    /// The command that removed the server; nil when none did.
    func fence(_ server: ServerID) async throws -> CommandFence? {
        guard let bytes = try await files.read(paths.tombstone(server), limit: 4096) else { return nil }
        do {
            return try JSONDecoder().decode(CommandFence.self, from: Data(bytes))
        } catch {
            throw ServiceError(.internal, "A tombstone cannot be read.", detail: paths.tombstone(server), cause: error)
        }
    }

    func put(_ server: ServerID, _ fence: CommandFence) async throws {
        try await files.makeFolder(paths.tombstones)
        try await files.replace(paths.tombstone(server), Array(try JSONEncoder().encode(fence)))
    }

    /// For a server that came back by a newer command.
    func remove(_ server: ServerID) async throws { try await files.remove(paths.tombstone(server)) }

    /// Forgets those older than `age`: no message waits that long.
    func expire(olderThan age: Duration, now: Date) async throws {
        let folder = paths.tombstones
        for name in try await files.list(folder) {
            let path = "\(folder)/\(name)"
            let changed = try await files.run { () -> Double? in
                var status = stat()
                return stat(path, &status) == 0 ? Double(status.st_mtim.tv_sec) : nil
            }
            if let changed, now.timeIntervalSince1970 - changed > age.seconds { try await files.remove(path) }
        }
    }
}
