import Core
import Database
import FoundationEssentials
import Image

/// Images' files against images, and uploads that were broken off.
struct ImageFilesCheck: DoctorCheck {
    let name = "images"
    let summary = "images' files against images; uploads that were broken off"

    /// Seconds. An upload that goes on touches its file.
    private static let stale = 3600.0

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let options: ImageOptions = try cloud.configuration("image.conf").read()
        let rows = try await cloud.database("image").query(
            "SELECT id, status, size, upload_id, locations FROM images WHERE NOT purged")
        var findings: [Finding] = []
        for store in options.stores.all where store.kind == .file {
            findings += try await Self.compare(rows, store, cloud) + Self.partial(store.folder, cloud)
        }
        return findings
    }

    /// One store's files against the images that are said to be there.
    private static func compare(_ rows: [Row], _ store: StoreSettings, _ cloud: Cloud) async throws -> [Finding] {
        let files = try await cloud.files.run { try Self.files(below: "\(store.folder)/images") }
        let busy = try await cloud.underWay()
        var findings: [Finding] = []
        var known: Set<String> = []
        for row in rows {
            let id: String = try row.get("id")
            known.insert(id)
            let status: String = try row.get("status")
            guard ["active", "deactivated"].contains(status), !busy.contains(id) else { continue }
            // One whose data is elsewhere has no file here. By the store's id: its folder may have had another path.
            let locations = try row.get("locations", as: JSONValue.self).array ?? []
            guard locations.contains(where: { $0["store"]?.string == store.id }) else { continue }
            if let finding = Self.compare(id, status, size: try row.get("size"), files[id]) { findings.append(finding) }
        }
        for (id, file) in files.sorted(by: { $0.key < $1.key }) where !known.contains(id) {
            findings.append(
                Finding(
                    .warning, .leftover, "file \(file.path)", "no image has that id",
                    advice: "it may be somebody's image: look before you remove it"))
        }
        return findings
    }

    private static func compare(_ id: String, _ status: String, size: Int?, _ file: StoredImage?) -> Finding? {
        guard let file else {
            return Finding(
                .critical, .missing, "file of image \(id)", "the image is \(status)",
                advice: "restore it from a backup, or openstack image delete \(id)")
        }
        guard let size, size != file.bytes else { return nil }
        return Finding(
            .critical, .mismatch, "file \(file.path)", "it has \(file.bytes) bytes, and the image \(size)",
            advice: "restore it from a backup, or openstack image delete \(id)")
    }

    struct StoredImage: Sendable {
        let path: String
        let bytes: Int
    }

    /// Files by image id; the store spreads them over two levels of folders.
    private static func files(below root: String) throws -> [String: StoredImage] {
        var found: [String: StoredImage] = [:]
        for first in try folderNames(root) {
            for second in try folderNames("\(root)/\(first)") {
                for name in try folderNames("\(root)/\(first)/\(second)") {
                    let path = "\(root)/\(first)/\(second)/\(name)"
                    if let facts = try FileFacts(path) { found[name] = StoredImage(path: path, bytes: facts.bytes) }
                }
            }
        }
        return found
    }

    /// What lies in `incoming` and `staging` and is no image's any more.
    private static func partial(_ root: String, _ cloud: Cloud) async throws -> [Finding] {
        var findings: [Finding] = []
        for (folder, column) in [("incoming", "upload_id"), ("staging", "id")] {
            let now = cloud.clock.now().timeIntervalSince1970
            let old = try await cloud.files.run {
                try folderNames("\(root)/\(folder)").filter { name in
                    try FileFacts("\(root)/\(folder)/\(name)").map { now - $0.modified > stale } ?? false
                }
            }
            for name in old where try await !isWanted(name, column, cloud) {
                findings.append(leftover("\(root)/\(folder)/\(name)", name, column))
            }
        }
        return findings
    }

    private static func isWanted(_ name: String, _ column: String, _ cloud: Cloud) async throws -> Bool {
        let condition: SQL =
            column == "id"
            ? "id = \(name) AND status IN ('queued', 'uploading', 'importing')"
            : "upload_id = \(name) AND status <> 'deleted'"
        let row = try await cloud.database("image").first("SELECT id FROM images WHERE \(sql: condition)")
        if row != nil { return true }
        return try await cloud.isUnderWay(name)
    }

    private static func leftover(_ path: String, _ name: String, _ column: String) -> Finding {
        Finding(
            .warning, .leftover, "file \(path)", "an upload that was broken off",
            advice: "image removes it when it starts, or remove it",
            repair: Repair("remove \(path)") { cloud in
                guard try await !isWanted(name, column, cloud) else { return .refused("an image wants it by now") }
                return try await removeStale(path, olderThan: stale, cloud)
            })
    }
}

/// Removes a file that nobody has written to for `limit` seconds.
func removeStale(_ path: String, olderThan limit: Double, _ cloud: Cloud) async throws -> Repair.Outcome {
    let now = cloud.clock.now().timeIntervalSince1970
    return try await cloud.files.run {
        guard let facts = try FileFacts(path) else { return .refused("it is gone already") }
        guard now - facts.modified > limit else { return .refused("somebody writes to it") }
        try removeFile(path)
        return .done("\(facts.bytes) bytes removed")
    }
}
