import BlockStorage
import Core
import Database
import FoundationEssentials

/// Volumes' and snapshots' files against their rows, and copies that were broken off.
struct VolumeFilesCheck: DoctorCheck {
    let name = "volumes"
    let summary = "volumes' and snapshots' files against their rows; copies that were broken off"

    /// Seconds. A copy that goes on touches its file.
    private static let stale = 3600.0
    private static let settled = ["available", "in-use", "reserved", "uploading", "backing-up", "maintenance"]

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let folders = try VolumeFolders(cloud)
        let files = try await cloud.files.run { try Self.sizes(folders.volumes, "volume-") }
        let snapshots = try await cloud.files.run { try Self.sizes(folders.snapshots, "snapshot-") }
        let database = try await cloud.database("block-storage")
        var findings: [Finding] = []
        let busy = try await cloud.underWay()
        let volumes = try await database.query("SELECT id, status, size_gib FROM volumes WHERE deleted_at IS NULL")
        var known: Set<String> = []
        for row in volumes {
            let id: String = try row.get("id")
            known.insert(id)
            let status: String = try row.get("status")
            guard Self.settled.contains(status), !busy.contains(id) else { continue }
            findings += Self.compare(
                "\(folders.volumes)/volume-\(id)", status, gib: try row.get("size_gib"), files[id])
        }
        findings += Self.leftovers(files.keys, known.union(busy), "\(folders.volumes)/volume-", "volume")
        let rows = try await database.query("SELECT id, status FROM snapshots WHERE deleted_at IS NULL")
        known = []
        for row in rows {
            let id: String = try row.get("id")
            known.insert(id)
            let status: String = try row.get("status")
            guard status == "available", !busy.contains(id) else { continue }
            findings += Self.compare("\(folders.snapshots)/snapshot-\(id)", status, gib: nil, snapshots[id])
        }
        findings += Self.leftovers(snapshots.keys, known.union(busy), "\(folders.snapshots)/snapshot-", "snapshot")
        return try await findings + Self.partial(folders, cloud)
    }

    /// Sizes by id.
    private static func sizes(_ folder: String, _ prefix: String) throws -> [String: Int] {
        var sizes: [String: Int] = [:]
        for name in try folderNames(folder) where name.hasPrefix(prefix) {
            let id = String(name.dropFirst(prefix.count))
            if isUUIDLike(id) { sizes[id] = try FileFacts("\(folder)/\(name)")?.bytes }
        }
        return sizes
    }

    private static func compare(_ path: String, _ status: String, gib: Int?, _ bytes: Int?) -> [Finding] {
        guard let bytes else {
            return [
                Finding(
                    .critical, .missing, "file \(path)", "it is \(status)",
                    advice: "restore it from a backup; its data is lost otherwise")
            ]
        }
        guard let gib, bytes != gib << 30 else { return [] }
        return [
            Finding(
                .critical, .mismatch, "file \(path)", "it has \(bytes) bytes, and the volume \(gib) GiB",
                advice: "if it is larger, extend the volume by the API; if smaller, restore it from a backup")
        ]
    }

    private static func leftovers(
        _ ids: some Collection<String>, _ known: Set<String>, _ prefix: String, _ kind: String
    ) -> [Finding] {
        ids.filter { !known.contains($0) }.sorted().map {
            Finding(
                .warning, .leftover, "file \(prefix)\($0)", "no \(kind) has that id",
                advice: "it may be somebody's data: look before you remove it")
        }
    }

    /// Files in `incoming` of volumes that nothing is done to.
    private static func partial(_ folders: VolumeFolders, _ cloud: Cloud) async throws -> [Finding] {
        let now = cloud.clock.now().timeIntervalSince1970
        let old = try await cloud.files.run {
            try folderNames(folders.incoming).filter { name in
                guard name.hasPrefix("volume-"), let facts = try FileFacts("\(folders.incoming)/\(name)") else {
                    return false
                }
                return now - facts.modified > stale
            }
        }
        var findings: [Finding] = []
        for name in old {
            let volume = String(name.dropFirst("volume-".count).prefix(36))
            guard isUUIDLike(volume), try await !isWanted(volume, cloud) else { continue }
            let path = "\(folders.incoming)/\(name)"
            findings.append(
                Finding(
                    .warning, .leftover, "file \(path)", "a copy that was broken off", advice: "remove it",
                    repair: Repair("remove \(path)") { cloud in
                        guard try await !isWanted(volume, cloud) else { return .refused("its volume is being made") }
                        return try await removeStale(path, olderThan: stale, cloud)
                    }))
        }
        return findings
    }

    private static func isWanted(_ volume: String, _ cloud: Cloud) async throws -> Bool {
        let row = try await cloud.database("block-storage").first(
            """
            SELECT id FROM volumes
            WHERE id = \(volume) AND deleted_at IS NULL AND status IN ('creating', 'downloading', 'restoring-backup')
            """)
        if row != nil { return true }
        return try await cloud.isUnderWay(volume)
    }
}
