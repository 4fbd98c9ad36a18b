import Core
import Database
import TestSupport
import Testing

@testable import Image

/// Rows 1, 2 and 5 of what has gone wrong elsewhere: crafted images are refused by whatever way they come.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct CraftedPathsTests {
    @Test func noUploadTakesACraftedImage() async throws {
        try await ImageFixture.with { fixture in
            for (format, bytes) in CraftedImages.hostile {
                let image = try await fixture.queued(format: format)
                await #expect(throws: ServiceError.self, "\(format): \(bytes.prefix(64))") {
                    try await fixture.data.upload(image, Chunks([bytes]), announced: nil)
                }
                #expect(try await fixture.core.images.find(image.id)?.status == .queued)
            }
            #expect(try await fixture.stored() == [])
        }
    }

    /// Nor by the operator's leave to let formats differ: that is about names.
    @Test func noImportTakesACraftedImage() async throws {
        let options = "[image]\nrequire_format_match = false\nmore_stores = more=FOLDER/more\n"
        try await ImageFixture.with(options: options) { fixture in
            for (format, bytes) in CraftedImages.hostile {
                let image = try await fixture.queued(format: format)
                try await fixture.data.stage(image, Chunks([bytes]), announced: nil)
                let staged = try #require(try await fixture.core.images.find(image.id))
                _ = try await ImageImports(core: fixture.core) {}.accept(
                    ImportRequest(method: .glanceDirect, stores: ["file", "more"], allMustSucceed: false, body: [:]),
                    for: staged, RequestContext(requestID: "req-1"))
                try await fixture.runSagas()
                #expect(
                    try await fixture.core.images.find(image.id)?.status == .queued, "\(format): \(bytes.prefix(64))")
            }
            #expect(try await fixture.stored() == [])
        }
    }

    @Test func noWebDownloadTakesACraftedImage() async throws {
        for (format, bytes) in CraftedImages.hostile.enumerated().filter({ $0.offset % 8 == 0 }).map(\.element) {
            try await WebSource.run(bytes) { url in
                try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                    let image = try await fixture.queued(format: format)
                    _ = try await ImageImports(core: fixture.core) {}.accept(
                        ImportRequest(method: .webDownload, uri: url, stores: ["file"], body: [:]), for: image,
                        RequestContext(requestID: "req-1"))
                    try await fixture.runSagas()
                    #expect(try await fixture.core.images.find(image.id)?.status == .queued)
                    #expect(try await fixture.stored() == [])
                }
            }
        }
    }

    /// What is decompressed is looked at like what came as it is.
    @Test func whatIsInAnArchiveIsInspectedToo() async throws {
        let options = "[image]\nimage_import_plugins = image_decompression,image_conversion\n"
        try await ImageFixture.with(options: options) { fixture in
            for bytes in [CraftedImages.qcow2(backing: 112, backingLength: 11), CraftedImages.qcow2()] {
                let after = try await fixture.imported(ZipFile(stored: bytes).bytes)
                #expect(after.status == .queued)
                #expect(try await fixture.stored() == [])
            }
        }
    }
}
