import Core
import Glibc
import Identity
import Image

/// Whether the file systems that the cloud writes to have room.
struct DiskSpaceCheck: DoctorCheck {
    let name = "disk-space"
    let summary = "bytes and inodes free where state, images, the image cache, volumes and logs are"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var folders = [("logs", "/var/log"), ("state", "/var/lib/apus")]
        if cloud.has("image.conf") {
            let stores = try cloud.configuration("image.conf").read(ImageOptions.self).stores.all
            folders += stores.filter { $0.kind == .file }.map { ("images", $0.folder) }
        }
        if cloud.has("compute-agent.conf") {
            let state = try cloud.configuration("compute-agent.conf").read(Setting<AgentStatePath>.self).value
            folders += [("guests' disks", "\(state)/instances"), ("the image cache", "\(state)/images")]
        }
        if cloud.has("block-storage.conf") { folders.append(("volumes", try VolumeFolders(cloud).volumes)) }
        let asked = folders
        return try await cloud.files.run { try Self.findings(asked) }
    }

    /// One finding for each file system, however many of the folders are on it.
    static func findings(_ folders: [(String, String)]) throws -> [Finding] {
        var systems: [UInt: (names: [String], facts: statvfs)] = [:]
        for (name, folder) in folders {
            var facts = statvfs()
            guard statvfs(folder, &facts) == 0 else {
                if errno == ENOENT { continue }
                throw CheckFailed(reason: "\(folder): \(String(cString: strerror(errno)))")
            }
            systems[UInt(facts.f_fsid), default: ([], facts)].names.append("\(name) (\(folder))")
        }
        return systems.sorted { $0.key < $1.key }.flatMap { _, system in
            judge(system.names.joined(separator: ", "), system.facts)
        }
    }

    static func judge(_ names: String, _ facts: statvfs) -> [Finding] {
        let free = Double(facts.f_bavail) * Double(facts.f_frsize)
        let share = facts.f_blocks == 0 ? 1 : Double(facts.f_bavail) / Double(facts.f_blocks)
        var findings: [Finding] = []
        if let rank = rank(share: share, isShort: free < 1e9) {
            findings.append(
                Finding(
                    rank, .mismatch, "space for \(names)",
                    "\(Int(share * 100)) % or \(Int(free / 1_000_000)) MB are free",
                    advice: "make room, or move the folder to a larger file system", isSettled: true))
        }
        let inodes = facts.f_files == 0 ? 1 : Double(facts.f_favail) / Double(facts.f_files)
        if let rank = rank(share: inodes, isShort: facts.f_files > 0 && facts.f_favail < 1000) {
            findings.append(
                Finding(
                    rank, .mismatch, "inodes for \(names)", "\(Int(inodes * 100)) % are free",
                    advice: "remove small files, or make the file system anew with more inodes", isSettled: true))
        }
        return findings
    }

    private static func rank(share: Double, isShort: Bool) -> Finding.Rank? {
        if share < 0.03 || isShort { return .critical }
        if share < 0.08 { return .warning }
        return share < 0.15 ? .note : nil
    }
}
