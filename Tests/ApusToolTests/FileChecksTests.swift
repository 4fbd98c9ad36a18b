import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@testable import Doctor

@Suite("Files against rows", .enabled(if: TestServices.isDatabaseAvailable))
struct FileChecksTests {
    private static let imageSettings = ["image.conf": "[image]\ndata_dir = FOLDER/image\n"]
    private static let volumeSettings = ["block-storage.conf": "[block_storage]\nstate_path = FOLDER/bs\n"]
    private static let agentSettings = [
        "compute-agent.conf": "[DEFAULT]\nhost = h1\n[compute_agent]\nstate_path = FOLDER/agent\n"
    ]

    private func makeImage(
        _ test: TestCloud, _ id: String, status: String = "active", upload: String? = nil
    ) async throws {
        // As it is after the store's folder was moved: only its name is the same.
        let locations = "[{\"store\": \"file\", \"url\": \"file:///before/images/aa/aa/\(id)\", \"metadata\": {}}]"
        try await test.execute(
            "image",
            """
            INSERT INTO images (id, status, visibility, size, properties, tags, locations, upload_id, created_at, updated_at)
            VALUES (\(id), \(status), 'private', 1, '{}', '[]', \(locations), \(upload),
                UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
            """)
    }

    @Test("images without files, files without images and wrong sizes are found, not repaired")
    func comparesImages() async throws {
        try await TestCloud.with(["image"], settings: Self.imageSettings) { test in
            try await makeImage(test, testID(1))
            try await makeImage(test, testID(2))
            try test.makeFile("\(test.folder)/image/images/aa/aa/\(testID(2))", text: "longer")
            try test.makeFile("\(test.folder)/image/images/aa/aa/\(testID(3))")
            let found = try await test.findings(ImageFilesCheck())
            #expect(Set(found.map(\.kind)) == [.missing, .mismatch, .leftover])
            #expect(found.allSatisfy { $0.repair == nil })
        }
    }

    @Test("an upload that was broken off is removed and journaled; one that goes on or is wanted is not")
    func removesPartialUploads() async throws {
        try await TestCloud.with(["image"], settings: Self.imageSettings) { test in
            let folder = "\(test.folder)/image/incoming"
            try test.makeFile("\(folder)/\(testID(1))", age: 7200)
            try test.makeFile("\(folder)/\(testID(2))", age: 10)
            try test.makeFile("\(folder)/\(testID(3))", age: 7200)
            try await makeImage(test, testID(30), status: "saving", upload: testID(3))
            #expect(try await test.repair(ImageFilesCheck()).map(\.result) == [.done])
            #expect(!test.exists("\(folder)/\(testID(1))"))
            #expect(test.exists("\(folder)/\(testID(2))") && test.exists("\(folder)/\(testID(3))"))
            #expect(try await test.findings(ImageFilesCheck()).isEmpty)
            #expect(try test.journal.entries().map(\.result) == [.done])
        }
    }

    @Test("an upload that goes on again, or that an image wants by now, is left")
    func refusesWantedUploads() async throws {
        try await TestCloud.with(["image"], settings: Self.imageSettings) { test in
            let path = "\(test.folder)/image/incoming/\(testID(1))"
            try test.makeFile(path, age: 7200)
            let repair = try #require(try await test.findings(ImageFilesCheck()).first?.repair)
            try test.makeFile(path, age: 0)
            #expect(try await repair.apply(test.cloud) == .refused("somebody writes to it"))
            try test.makeFile(path, age: 7200)
            try await makeImage(test, testID(30), status: "saving", upload: testID(1))
            #expect(try await repair.apply(test.cloud) == .refused("an image wants it by now"))
            #expect(test.exists(path))
        }
    }

    @Test("a copy of a volume that was broken off is removed; one whose volume is being made is not")
    func removesPartialVolumes() async throws {
        try await TestCloud.with(["block-storage"], settings: Self.volumeSettings) { test in
            let path = "\(test.folder)/bs/volumes/incoming/volume-\(testID(1))"
            try test.makeFile(path, age: 7200)
            let repair = try #require(try await test.findings(VolumeFilesCheck()).first?.repair)
            try await makeVolume(test, testID(1), status: "creating")
            #expect(try await repair.apply(test.cloud) == .refused("its volume is being made"))
            try await test.execute("block-storage", "DELETE FROM volumes")
            #expect(try await test.repair(VolumeFilesCheck()).map(\.result) == [.done])
            #expect(!test.exists(path))
            #expect(try test.journal.entries().count == 1)
        }
    }

    @Test("volumes' and snapshots' files are compared and never removed")
    func comparesVolumes() async throws {
        try await TestCloud.with(["block-storage"], settings: Self.volumeSettings) { test in
            try await makeVolume(test, testID(1), status: "available")
            try await makeVolume(test, testID(2), status: "available")
            try test.makeFile("\(test.folder)/bs/volumes/volume-\(testID(2))")
            try test.makeFile("\(test.folder)/bs/volumes/volume-\(testID(3))")
            try test.makeFile("\(test.folder)/bs/volumes/snapshots/snapshot-\(testID(4))")
            let found = try await test.findings(VolumeFilesCheck())
            #expect(found.map(\.kind) == [.missing, .mismatch, .leftover, .leftover])
            #expect(found.allSatisfy { $0.repair == nil })
        }
    }

    private func makeVolume(_ test: TestCloud, _ id: String, status: String) async throws {
        try await test.execute(
            "block-storage",
            """
            INSERT INTO volumes (id, project_id, size_gib, status, availability_zone, metadata, image_metadata, created_at)
            VALUES (\(id), 'p', 1, \(status), 'nova', '{}', '{}', UTC_TIMESTAMP(6) - INTERVAL 60 SECOND)
            """)
    }

    @Test("of the image cache, broken downloads and images that nobody has any more are removed")
    func cleansCache() async throws {
        try await TestCloud.with(["image", "compute"], settings: Self.agentSettings) { test in
            let folder = "\(test.folder)/agent/images"
            let (gone, there, serving) = (testID(1), testID(2), testID(3))
            try await makeImage(test, there)
            try await test.makeServer(testID(10), host: "h1", image: serving)
            for id in [gone, there, serving] { try test.makeFile("\(folder)/\(id)-abc.raw", age: 7200) }
            try test.makeFile("\(folder)/\(there)-abc.download", age: 7200)
            try test.makeFile("\(folder)/\(gone)-abc.converting", age: 5)
            try test.makeFile("\(folder)/notes.txt", age: 7200)
            let repairs = try await test.repair(ImageCacheCheck())
            #expect(repairs.map(\.result) == [.done, .done])
            #expect(!test.exists("\(folder)/\(gone)-abc.raw") && !test.exists("\(folder)/\(there)-abc.download"))
            #expect(test.exists("\(folder)/\(there)-abc.raw") && test.exists("\(folder)/\(serving)-abc.raw"))
            #expect(test.exists("\(folder)/\(gone)-abc.converting"))
            let left = try await test.findings(ImageCacheCheck())
            #expect(left.map(\.what) == ["file \(folder)/notes.txt"])
            #expect(left.first?.repair == nil)
        }
    }

    @Test("a cached image that is the ground of a guest's disk, or was just used, is not removed")
    func keepsUsedImages() async throws {
        try await TestCloud.with(["image", "compute"], settings: Self.agentSettings) { test in
            let name = "\(testID(1))-abc.raw"
            let path = "\(test.folder)/agent/images/\(name)"
            try test.makeFile(path, age: 7200)
            let repair = try #require(try await test.findings(ImageCacheCheck()).first?.repair)
            let disk = "\(test.folder)/agent/instances/\(testID(10))/disk"
            try test.makeFile(disk, text: "QFI… \(path) …")
            #expect(try await repair.apply(test.cloud) == .refused("it is used by now"))
            try FileManager.default.removeItem(atPath: disk)
            try test.makeFile(path, age: 1)
            #expect(try await repair.apply(test.cloud) == .refused("it was used just now"))
            #expect(test.exists(path))
        }
    }
}
