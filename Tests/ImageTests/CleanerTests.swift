import Core
import Database
import FoundationEssentials
import TestSupport
import Testing
import WebAPI

@testable import Image

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct CleanerTests {
    /// A folder in the place of a file stands for what may not be removed: it is not for root either.
    @Test func whatCannotBeRemovedKeepsNothingElse() async throws {
        try await ImageFixture.with(options: "[image]\nmore_stores = more=FOLDER/more\n") { fixture in
            var ids: [String] = []
            for _ in 0..<6 {
                let image = try await fixture.queued()
                try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
                ids.append(image.id.rawValue)
            }
            ids.sort()
            try await fixture.core.database.execute("UPDATE images SET status = 'deleted' WHERE id IN \(anyOf: ids)")
            let stuck = try fixture.core.files.path(ImageID(ids[0]))
            try FileManager.default.removeItem(atPath: stuck)
            try FileManager.default.createDirectory(atPath: stuck, withIntermediateDirectories: false)
            for store in ["file", "more"] {
                for (folder, name) in [("incoming", ids[0]), ("staging", ids[0])] {
                    let path = "\(fixture.folder)/\(store)/\(folder)/\(name)"
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
                }
                try Data([1]).write(to: URL(filePath: "\(fixture.folder)/\(store)/incoming/\(ids[1])"))
            }
            try Data([1]).write(to: URL(filePath: "\(fixture.folder)/file/staging/\(ids[1])"))

            let cleaner = ImageCleaner(core: fixture.core, catalogue: fixture.catalogue)
            try await cleaner.recover()
            try await cleaner.clean()
            #expect(Set(try await fixture.stored()) == [ids[0]])
            #expect(try await fixture.core.images.unpurged(limit: 10).map(\.rawValue) == [ids[0]])

            // Once it can be removed it is.
            for path in [stuck, fixture.folder + "/file/staging/" + ids[0]] {
                try FileManager.default.removeItem(atPath: path)
            }
            try await cleaner.clean()
            #expect(try await fixture.core.images.unpurged(limit: 10).isEmpty)
        }
    }

    /// A copy that was made since the caller read the image goes with its location.
    @Test func aLocationGoesWithItsFileWhoeverReadTheImageBefore() async throws {
        try await ImageFixture.with(options: "[image]\nmore_stores = more=FOLDER/more\n") { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            let before = try #require(try await fixture.core.images.find(image.id))
            _ = try await ImageImports(core: fixture.core) {}.accept(
                ImportRequest(method: .copyImage, stores: ["more"], body: [:]), for: before,
                RequestContext(requestID: "req-1"))
            try await fixture.runSagas()
            #expect(try await fixture.stored() == [image.id.rawValue, image.id.rawValue])
            let after = try await ImageLocations(core: fixture.core).remove(from: before, last: "") { locations in
                try #require(locations.firstIndex { $0.store == "more" })
            }
            #expect(after.locations.map(\.store) == ["file"])
            #expect(try await fixture.stored() == [image.id.rawValue])
        }
    }

    @Test func aTaskThatIsRefusedLeavesNoImage() async throws {
        try await ImageFixture.with { fixture in
            let body: JSONValue = [
                "type": "import",
                "input": [
                    "import_from": "http://example.com/image", "import_from_format": "raw",
                    "image_properties": ["name": "new"],
                ],
            ]
            let api = try fixture.api()
            #expect(try await api.send("POST", "/v2/tasks", body).status == 409)
            #expect(try await fixture.core.database.query("SELECT id FROM images").isEmpty)
        }
    }
}
