import Core
import Database
import FoundationEssentials

/// The agent's cache of images: downloads that were broken off, images that nobody will use again.
struct ImageCacheCheck: DoctorCheck {
    let name = "image-cache"
    let summary = "the agent's cached images against images and servers; downloads that were broken off"

    /// Seconds. A download that goes on touches its file; a build may hold an image that was just used.
    private static let stale = 900.0
    private static let unused = 3600.0

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let folder = try Self.folder(cloud)
        let now = cloud.clock.now().timeIntervalSince1970
        let files = try await cloud.files.run {
            try folderNames(folder).compactMap { name in
                try FileFacts("\(folder)/\(name)").map { (name: name, age: now - $0.modified) }
            }
        }
        var findings: [Finding] = []
        var images: [String: String] = [:]
        for (name, age) in files {
            let stem = String(name.prefix(36))
            if !isUUIDLike(stem) {
                findings.append(
                    Finding(
                        .note, .leftover, "file \(folder)/\(name)", "it is none of the agent's",
                        advice: "remove it, if it is nobody's", isSettled: true))
            } else if name.hasSuffix(".raw.sum") {
                // Goes with its image.
                continue
            } else if !name.hasSuffix(".raw"), age > Self.stale {
                findings.append(Self.partial(folder, name))
            } else if name.hasSuffix(".raw"), age > Self.unused {
                images[name] = stem
            }
        }
        let used = try await Self.used(Set(images.values), cloud)
        for (name, image) in images.sorted(by: { $0.key < $1.key }) where !used.contains(image) {
            findings.append(Self.unwanted(folder, name, image))
        }
        return findings
    }

    private static func folder(_ cloud: Cloud) throws -> String {
        try cloud.configuration("compute-agent.conf").read(Setting<AgentStatePath>.self).value + "/images"
    }

    /// Those of the images that exist, or that a server on this host was made from.
    private static func used(_ images: Set<String>, _ cloud: Cloud) async throws -> Set<String> {
        guard !images.isEmpty else { return [] }
        let host = try cloud.host()
        let existing = try await cloud.values(
            "image", "SELECT id FROM images WHERE id IN \(anyOf: images) AND status <> 'deleted'")
        return existing.union(
            try await cloud.values(
                "compute",
                """
                SELECT DISTINCT image_id FROM servers
                WHERE image_id IN \(anyOf: images) AND deleted_at IS NULL AND (host = \(host) OR host IS NULL)
                """, "image_id"))
    }

    private static func partial(_ folder: String, _ name: String) -> Finding {
        let path = "\(folder)/\(name)"
        return Finding(
            .warning, .leftover, "file \(path)", "a download that was broken off",
            advice: "the compute agent removes it when it compares; start it",
            repair: Repair("remove \(path)") { cloud in try await remove(path, untouchedFor: stale, cloud) { true } })
    }

    private static func unwanted(_ folder: String, _ name: String, _ image: String) -> Finding {
        let path = "\(folder)/\(name)"
        return Finding(
            .note, .leftover, "file \(path)", "image \(image) does not exist, and no server here was made from it",
            advice: "none: it goes when the cache is full",
            repair: Repair("remove \(path)") { cloud in
                let instances = folder.dropLast("/images".count) + "/instances"
                return try await remove(path, untouchedFor: unused, cloud) {
                    // A guest's disk may be a layer over the file, whatever the rows say.
                    let isUsed = try await cloud.files.run { try Self.isNamed(name, below: String(instances)) }
                    let others = try await used([image], cloud)
                    return !isUsed && others.isEmpty
                }
            })
    }

    /// Removes a file that is still untouched and still wanted by nobody.
    private static func remove(
        _ path: String, untouchedFor limit: Double, _ cloud: Cloud, unless isFree: @Sendable () async throws -> Bool
    ) async throws -> Repair.Outcome {
        guard try await isFree() else { return .refused("it is used by now") }
        let now = cloud.clock.now().timeIntervalSince1970
        return try await cloud.files.run {
            guard let facts = try FileFacts(path) else { return .refused("it is gone already") }
            guard now - facts.modified > limit else { return .refused("it was used just now") }
            try removeFile(path)
            return .done("\(facts.bytes) bytes removed")
        }
    }

    /// Whether the head of a disk below the folder names the file: qcow2 keeps its backing file's path there.
    private static func isNamed(_ name: String, below folder: String) throws -> Bool {
        let wanted = Array(name.utf8)
        for server in try folderNames(folder) {
            for file in try folderNames("\(folder)/\(server)") {
                let path = "\(folder)/\(server)/\(file)"
                guard let facts = try FileFacts(path), !facts.isFolder, facts.bytes > 0 else { continue }
                let handle = try FileHead(path, bytes: 65536)
                if handle.contains(wanted) { return true }
            }
        }
        return false
    }
}
