import Core
import Database
import FoundationEssentials
import Image

/// Images' files against images.
struct ImageFilesCheck: DoctorCheck {
    let name = "images' files"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let root = try await cloud.configuration("image.conf").read(ImageOptions.self).dataFolder
        let rows = try await cloud.database("image").query("SELECT id, status FROM images WHERE status <> 'deleted'")
        var images: [String: String] = [:]
        for row in rows { images[try row.get("id")] = try row.get("status") }
        let files = Self.files(below: "\(root)/images")
        return images.filter { ["active", "deactivated"].contains($0.value) && files[$0.key] == nil }.keys.sorted().map {
            Finding(kind: .missing, what: "file of image \($0)", detail: "the image is \(images[$0] ?? "")")
        } + files.filter { images[$0.key] == nil }.sorted { $0.key < $1.key }.map {
            Finding(kind: .leftover, what: "file \($0.value)", detail: "no image has that id")
        }
    }

    /// Paths by image id; the store spreads its files over two levels of folders.
    private static func files(below root: String) -> [String: String] {
        var found: [String: String] = [:]
        for first in names(root) {
            for second in names("\(root)/\(first)") {
                for name in names("\(root)/\(first)/\(second)") { found[name] = "\(root)/\(first)/\(second)/\(name)" }
            }
        }
        return found
    }

    /// What is in a folder; nothing for one that is not there.
    private static func names(_ folder: String) -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            return []
        }
    }
}
