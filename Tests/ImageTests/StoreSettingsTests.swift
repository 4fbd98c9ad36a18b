import Core
import FoundationEssentials
import TestSupport
import Testing

@testable import Image

/// Settings of stores change; what rows say of data does not.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct StoreSettingsTests {
    @Test(arguments: [
        // Renamed.
        "store_id = fast",
        // Known by another name, while its name is that of an empty folder.
        "data_dir = FOLDER/new\nmore_stores = old=FOLDER/file",
        // No store any more, but the cache.
        "data_dir = FOLDER/new\nimage_cache_dir = FOLDER/file",
        "store_id = new\ndata_dir = FOLDER/new\nimage_cache_dir = FOLDER/file",
        // By other paths.
        "data_dir = FOLDER/new\nmore_stores = old=FOLDER/link", "data_dir = FOLDER/new\nimage_cache_dir = FOLDER/link",
    ])
    func dataOfImagesStaysWhateverTheSettingsCallItsStore(settings: String) async throws {
        try await ImageFixture.with { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            try FileManager.default.createSymbolicLink(
                atPath: fixture.folder + "/link", withDestinationPath: fixture.folder + "/file")
            let renamed = try await fixture.restarted(options: "[image]\n\(settings)\n")
            let cleaner = ImageCleaner(core: renamed.core, catalogue: renamed.catalogue)
            try await cleaner.recover()
            try await cleaner.clean()
            if let cache = renamed.core.cache {
                try await cache.clean()
                try await cache.remove([image.id])
            }
            // As it was, with the settings as they were.
            let again = try await fixture.restarted(options: "[image]\n")
            let active = try #require(try await again.core.images.find(image.id))
            #expect(try await again.read(active, 0..<3) == [1, 2, 3])
        }
    }

    /// The file of an image that has its data nowhere else is not refuse, whatever its row says of other stores.
    @Test func theLastFileOfAnImageStaysWhenTheStoreThatItsRowNamesHasLostIts() async throws {
        try await ImageFixture.with(options: "[image]\nmore_stores = more=FOLDER/more\n") { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            let (file, more) = (fixture.core.files, try fixture.core.stores.writable("more", else: .notFound))
            let upload = fixture.core.ids.uuid()
            _ = try await more.receive(Chunks([[1, 2, 3]]), upload: upload, limit: 10, inspect: false)
            try await more.commit(upload, as: image.id)
            try await file.delete(image.id)
            let cleaner = ImageCleaner(core: fixture.core, catalogue: fixture.catalogue)
            try await cleaner.clean()
            #expect(try await more.storedImages().ids == [image.id.rawValue])
        }
    }

    /// Folders that are shared have what others put there: what NFS keeps of open files, an operator's notes.
    @Test func filesThatNoStoreMadeStopNobodyAndStay() async throws {
        try await ImageFixture.with(options: "[image]\nimage_cache_dir = FOLDER/cache\n") { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            let folder = fixture.folder
            try FileManager.default.createDirectory(
                atPath: folder + "/cache/images/ab/cd", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(
                atPath: folder + "/file/images/ab", withIntermediateDirectories: true)
            let strays = [
                "/file/incoming/.nfs0001", "/file/staging/README", "/file/images/ab/README", "/cache/incoming/notes",
                "/cache/images/ab/cd/.nfs0002",
            ].map { folder + $0 }
            for stray in strays { try Data([1]).write(to: URL(filePath: stray)) }
            let left = folder + "/file/incoming/" + fixture.core.ids.uuid()
            let fetched = folder + "/cache/incoming/" + fixture.core.ids.uuid()
            for path in [left, fetched] { try Data([1]).write(to: URL(filePath: path)) }
            let again = try await fixture.restarted(options: "[image]\nimage_cache_dir = FOLDER/cache\n")
            try await ImageCleaner(core: again.core, catalogue: again.catalogue).recover()
            try await again.core.cache?.clean()
            for stray in strays { #expect(FileManager.default.fileExists(atPath: stray), "\(stray)") }
            // And what did need cleaning was cleaned.
            for path in [left, fetched] { #expect(!FileManager.default.fileExists(atPath: path), "\(path)") }
        }
    }

    @Test(arguments: [
        "more_stores = b=FOLDER/file/", "more_stores = b=FOLDER/link", "more_stores = b=FOLDER/half",
        "image_cache_dir = FOLDER/file", "image_cache_dir = FOLDER/link", "image_cache_dir = FOLDER/half",
        "more_stores = b=FOLDER/file/staging",
    ])
    func twoStoresOrAStoreAndTheCacheInOneFolderAreRefused(settings: String) async throws {
        try await ImageFixture.with { fixture in
            let files = FileManager.default
            try files.createSymbolicLink(
                atPath: fixture.folder + "/link", withDestinationPath: fixture.folder + "/file")
            try files.createDirectory(atPath: fixture.folder + "/half", withIntermediateDirectories: true)
            try files.createSymbolicLink(
                atPath: fixture.folder + "/half/images", withDestinationPath: fixture.folder + "/file/images")
            await #expect(throws: ConfigurationError.self) {
                try await fixture.restarted(options: "[image]\n\(settings)\n")
            }
        }
    }
}
