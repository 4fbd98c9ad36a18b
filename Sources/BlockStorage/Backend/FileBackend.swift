package import Core
import Glibc

/// Volumes as sparse raw files in one folder; copies share blocks where the file system can, and keep
/// holes where it cannot.
///
/// A new file is built under another name and renamed when it is whole, so a volume's file is never half
/// made. Files are zeros where nothing was written: no volume shows what another left.
package struct FileBackend: VolumeBackend {
    package let name = "file"
    private let folder: String
    private let copyTimeout: Duration
    private let files: BlockingPool

    /// - Throws: when the folder cannot be made.
    package init(folder: String, copyTimeout: Duration, files: BlockingPool) throws {
        self.folder = folder
        self.copyTimeout = copyTimeout
        self.files = files
        for path in [folder, "\(folder)/incoming", "\(folder)/snapshots"] { try Self.makeFolder(path) }
    }

    package func path(of volume: VolumeID) -> String { "\(folder)/volume-\(volume)" }
    private func path(of snapshot: SnapshotID) -> String { "\(folder)/snapshots/snapshot-\(snapshot)" }
    package func incomingPath(of volume: VolumeID) -> String { "\(folder)/incoming/volume-\(volume)" }

    /// Asked of the file system by trying: a clone of an empty file.
    package var copiesLiveVolumes: Bool {
        get async {
            let probe = "\(folder)/incoming/.probe"
            do {
                try await files.run { try File.create(probe, size: 4096) }
                let result = try await Command("cp", ["--reflink=always", "--", probe, "\(probe)-copy"]).run()
                try await files.run {
                    try File.remove(probe)
                    try File.remove("\(probe)-copy")
                }
                return result.succeeded
            } catch {
                return false
            }
        }
    }

    package func create(_ id: VolumeID, sizeGiB: Int, content: VolumeContent) async throws {
        let target = path(of: id)
        if try await files.run({ try File.size(target) }) == sizeGiB << 30 { return }
        let partial = incomingPath(of: id)
        switch content {
        case .empty: try await files.run { try File.create(partial, size: sizeGiB << 30) }
        case .snapshot(let snapshot): try await copy(path(of: snapshot), partial)
        case .volume(let volume): try await copy(path(of: volume), partial)
        }
        try await adopt(rawFile: partial, as: id, sizeGiB: sizeGiB)
    }

    package func adopt(rawFile path: String, as id: VolumeID, sizeGiB: Int) async throws {
        let target = self.path(of: id)
        try await files.run {
            try File.grow(path, to: sizeGiB << 30)
            try File.rename(path, target)
        }
    }

    package func discardIncoming(_ id: VolumeID) async throws {
        let path = incomingPath(of: id)
        try await files.run {
            try File.remove(path)
            try File.remove("\(path).image")
        }
    }

    package func extend(_ id: VolumeID, sizeGiB: Int) async throws {
        let target = path(of: id)
        try await files.run { try File.grow(target, to: sizeGiB << 30) }
    }

    package func delete(_ id: VolumeID) async throws {
        let target = path(of: id)
        try await files.run { try File.remove(target) }
        try await discardIncoming(id)
    }

    package func createSnapshot(_ id: SnapshotID, of volume: VolumeID) async throws {
        let target = path(of: id)
        if try await files.run({ try File.size(target) }) != nil { return }
        try await copy(path(of: volume), "\(target).partial")
        try await files.run { try File.rename("\(target).partial", target) }
    }

    package func deleteSnapshot(_ id: SnapshotID) async throws {
        let target = path(of: id)
        try await files.run {
            try File.remove(target)
            try File.remove("\(target).partial")
        }
    }

    package func capacity() async throws -> BackendCapacity {
        try await files.run {
            var facts = statvfs()
            guard statvfs(folder, &facts) == 0 else { throw File.failure("statvfs", folder) }
            let unit = Double(facts.f_frsize) / Double(1 << 30)
            return BackendCapacity(
                totalGiB: Double(facts.f_blocks) * unit, freeGiB: Double(facts.f_bavail) * unit)
        }
    }

    /// Shares blocks if it can, else copies data and keeps holes.
    private func copy(_ source: String, _ target: String) async throws {
        var command = Command("cp", ["--reflink=auto", "--sparse=always", "--", source, target])
        command.timeout = copyTimeout
        try await command.checked()
    }

    private static func makeFolder(_ path: String) throws {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let parent = path.lastIndex(of: "/"), parent != path.startIndex else {
            throw File.failure("mkdir", path)
        }
        try makeFolder(String(path[..<parent]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw File.failure("mkdir", path) }
    }
}
