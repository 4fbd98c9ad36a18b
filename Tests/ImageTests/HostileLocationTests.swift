import Core
import Database
import FoundationEssentials
import NIOCore
import TestSupport
import Testing
import WebAPI

@testable import Image

/// What users, and web servers of theirs, must not be able to do by way of locations.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct HostileLocationTests {
    private static let bytes = Array("hello world".utf8)
    private static let sha256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"

    @Test func aPositionBeforeTheFirstIsRefused() async throws {
        try await WebSource.run(Self.bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                let image = try await fixture.queued()
                let new: JSONValue = ["url": .string(url), "metadata": [:]]
                let change = try await LocationChange(fixture.core, [new], to: image)
                for position in ["-1", "-9223372036854775808", "99999999999999999999", "", "x"] {
                    #expect(throws: ServiceError.self, "\(position)") {
                        var changed = image
                        try change.add(new, at: position, to: &changed)
                    }
                }
                var changed = image
                try change.add(new, at: "7", to: &changed)
                #expect(changed.locations.map(\.url) == [url])
            }
        }
    }

    @Test func aSizePastTheLargestImagesIsRefused() async throws {
        try await WebSource.run(Self.bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url) + "max_image_size = 10\n") { fixture in
                let image = try await fixture.queued()
                let new: JSONValue = ["url": .string(url), "metadata": [:]]
                await #expect(throws: ServiceError.self) {
                    _ = try await LocationChange(fixture.core, [new], to: image)
                }
                try await fixture.add(url, to: image)
                #expect(try await fixture.core.images.find(image.id)?.status == .queued)
                #expect(try await fixture.core.images.find(image.id)?.size == nil)
            }
        }
    }

    @Test func sizesThatDoNotFitTogetherCountAsTheLargest() async throws {
        try await ImageFixture.with(options: "[image]\nproject_quota = 100\n") { fixture in
            let big = try await fixture.queued()
            try await fixture.core.database.execute(
                """
                UPDATE images SET status = 'active', size = \(Int64.max),
                    locations = '[{"store":"a","url":"a","metadata":{}},{"store":"b","url":"b","metadata":{}}]'
                WHERE id = \(big.id)
                """)
            let staged = try await fixture.queued()
            try await fixture.core.database.execute(
                "UPDATE images SET status = 'uploading', size = \(Int64.max) WHERE id = \(staged.id)")
            #expect(try await fixture.core.images.find(big.id)?.storedBytes == .max)
            let usage = try await fixture.core.images.usage(ProjectID("p"))
            #expect(usage.bytes == .max && usage.staged == .max)
            let image = try await fixture.queued()
            #expect(try await fixture.data.limit(image, announced: nil) == 0)
            await #expect(throws: ServiceError.self) {
                try await fixture.data.upload(image, Chunks([[1]]), announced: nil)
            }
        }
    }

    @Test func anImageThatIsDeactivatedWhileItsHashIsTakenStaysSo() async throws {
        try await WebSource.run(Self.bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                let image = try await fixture.queued()
                try await LocationImports(core: fixture.core) {}.accept(
                    url, hash: nil, body: [:], for: image, RequestContext(requestID: "req-1"))
                let row = try #require(
                    try await fixture.core.database.first("SELECT upload_id FROM images WHERE id = \(image.id)"))
                let work = LocationWork(
                    state: ImportLocation.State(
                        image: image.id, task: fixture.core.ids.uuid(), upload: try row.get("upload_id"), url: url,
                        store: "web"),
                    core: fixture.core)
                try await work.attach()
                try await fixture.catalogue.move(
                    image.id, from: [.active], to: .deactivated, doing: "deactivate")
                try await work.hash()
                let after = try #require(try await fixture.core.images.find(image.id))
                #expect(after.status == .deactivated)
                #expect(after.hashDigest != nil)
            }
        }
    }

    /// Row 9: a copy of an image has its bytes, whatever its server gives by then.
    @Test func onlyAnImagesOwnBytesAreCopiedAndCached() async throws {
        try await WebSource.run(Self.bytes) { url in
            let settings = WebSource.settings(url) + "image_cache_dir = FOLDER/cache\n"
            try await ImageFixture.with(options: settings) { fixture in
                let wrong = Self.sha256.replacing("b", with: "c")
                let cases: [(digest: String?, size: Int, isTaken: Bool)] = [
                    (Self.sha256, 11, true), (wrong, 11, false), (nil, 11, false), (Self.sha256, 12, false),
                    (Self.sha256, 10, false),
                ]
                for (digest, size, isTaken) in cases {
                    let image = try await fixture.queued()
                    try await fixture.add(url, to: image, sha256: Self.sha256)
                    try await fixture.core.database.execute(
                        "UPDATE images SET os_hash_value = \(digest), size = \(size) WHERE id = \(image.id)")
                    let cache = try #require(fixture.core.cache)
                    try await cache.store.queue(image.id, now: fixture.core.clock.now())
                    try await CacheWorker(cache: cache, core: fixture.core, data: fixture.data).run()
                    #expect(try await cache.store.list().map(\.image) == (isTaken ? [image.id] : []))
                    #expect(try await cache.files.storedImages().ids == (isTaken ? [image.id.rawValue] : []))
                    try await cache.remove([image.id])

                    let active = try #require(try await fixture.core.images.find(image.id))
                    _ = try await ImageImports(core: fixture.core) {}.accept(
                        ImportRequest(method: .copyImage, stores: ["file"], body: [:]), for: active,
                        RequestContext(requestID: "req-1"))
                    try await fixture.runSagas()
                    let after = try #require(try await fixture.core.images.find(image.id))
                    #expect(after.locations.map(\.store) == (isTaken ? ["web", "file"] : ["web"]))
                    #expect(try await fixture.stored() == (isTaken ? [image.id.rawValue] : []))
                    try await fixture.catalogue.delete(image.id)
                }
            }
        }
    }

    /// Nor does one that was deactivated meanwhile: it could be activated again.
    @Test(arguments: [ImageStatus.active, .deactivated])
    func anImageWhoseHashCannotBeTakenDoesNotStayActive(status: ImageStatus) async throws {
        try await WebSource.run(Self.bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                let image = try await fixture.queued()
                try await LocationImports(core: fixture.core) {}.accept(
                    url, hash: nil, body: [:], for: image, RequestContext(requestID: "req-1"))
                let row = try #require(
                    try await fixture.core.database.first("SELECT upload_id FROM images WHERE id = \(image.id)"))
                var state = ImportLocation.State(
                    image: image.id, task: fixture.core.ids.uuid(), upload: try row.get("upload_id"), url: url,
                    store: "web")
                try await LocationWork(state: state, core: fixture.core).attach()
                #expect(try await fixture.core.images.find(image.id)?.status == .active)
                if status == .deactivated {
                    try await fixture.catalogue.move(image.id, from: [.active], to: status, doing: "deactivate")
                }
                state.url += "-is-gone"
                let work = LocationWork(state: state, core: fixture.core)
                await #expect(throws: ServiceError.self) { try await work.hash() }
                try await work.undo(nil)
                #expect(try await fixture.core.images.find(image.id)?.status == .queued)
            }
        }
    }

    @Test func locationsCountAgainstQuotas() async throws {
        try await WebSource.run(Self.bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url) + "project_quota = 15\n") { fixture in
                for status in [ImageStatus.active, .queued] {
                    let image = try await fixture.queued()
                    try await fixture.add(url, to: image)
                    #expect(try await fixture.core.images.find(image.id)?.status == status)
                }
                let image = try await fixture.queued()
                let many: [JSONValue] = (0...10).map { ["url": .string("\(url)?\($0)"), "metadata": [:]] }
                await #expect(throws: ServiceError.self) {
                    _ = try await LocationChange(fixture.core, many, to: image)
                }
            }
        }
    }

    @Test func locationsInADocumentCountAgainstTheQuotaToo() async throws {
        try await WebSource.run(Self.bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url) + "project_quota = 15\n") { fixture in
                let image = try await fixture.queued()
                try await fixture.add(url, to: image)
                let active = try #require(try await fixture.core.images.find(image.id))
                let new: JSONValue = ["url": .string("\(url)?2"), "metadata": [:]]
                let change = try await LocationChange(fixture.core, [new], to: active)
                await #expect(throws: ServiceError.self) {
                    _ = try await fixture.catalogue.update(image.id) { try change.add(new, at: "-", to: &$0) }
                }
                #expect(try await fixture.core.images.find(image.id)?.locations.count == 1)
                // What does not grow is not refused.
                #expect(try await fixture.catalogue.update(image.id) { $0.name = "new" }.name == "new")
            }
        }
    }

    /// Nor is a part of them handed out before the hash is known.
    @Test func aRangeOfBytesThatAreNotTheImagesIsNotSentWhole() async throws {
        let bytes = [UInt8](repeating: 7, count: 4 << 20)
        try await WebSource.run(bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                let image = try await fixture.queued()
                try await fixture.add(url, to: image)
                var active = try #require(try await fixture.core.images.find(image.id))
                active.hashDigest = String(repeating: "0", count: 128)
                let changed = active
                let sent = Locked(0)
                let content = try #require(try await fixture.data.download(changed))
                await #expect(throws: ServiceError.self) {
                    let sink = ResponseBodySink { chunk in sent.withLock { $0 += chunk.readableBytes } }
                    try await fixture.data.send(content, of: changed, 0..<10, to: sink)
                }
                #expect(sent.withLock { $0 } == 0)
            }
        }
    }

    @Test func anImageWithoutFormatsGetsNoData() async throws {
        try await WebSource.run(Self.bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                var image = Image(
                    id: ImageID(fixture.core.ids.uuid()), owner: ProjectID("p"), createdAt: fixture.core.clock.now())
                image.diskFormat = "raw"
                try await fixture.catalogue.create(image)
                let created = image
                await #expect(throws: ServiceError.self) { try await fixture.add(url, to: created) }
                let new: JSONValue = ["url": .string(url), "metadata": [:]]
                let change = try await LocationChange(fixture.core, [new], to: image)
                #expect(throws: ServiceError.self) { try change.add(new, at: "-", to: &image) }
            }
        }
    }

    @Test func digestsAreTheSameInCapitals() throws {
        var image = Image(id: ImageID("i"), owner: nil, createdAt: .distantPast)
        let digest = String(repeating: "AB", count: 64)
        try LocationHashes(of: [["validation_data": ["os_hash_algo": "sha512", "os_hash_value": .string(digest)]]])
            .apply(to: &image)
        #expect(image.hashDigest == digest.lowercased())
    }

    @Test func aLocationThatFailedIsNoPlaceOfALaterImport() async throws {
        try await WebSource.run(Self.bytes) { url in
            try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                let image = try await fixture.queued()
                try await fixture.add(url, to: image, sha256: Self.sha256.replacing("b", with: "c"))
                let queued = try #require(try await fixture.core.images.find(image.id))
                #expect(queued.status == .queued)
                try await fixture.data.stage(queued, Chunks([[1, 2, 3]]), announced: nil)
                let staged = try #require(try await fixture.core.images.find(image.id))
                _ = try await ImageImports(core: fixture.core) {}.accept(
                    ImportRequest(method: .glanceDirect, stores: ["file"], body: [:]), for: staged,
                    RequestContext(requestID: "req-1"))
                try await fixture.runSagas()
                let active = try #require(try await fixture.core.images.find(image.id))
                #expect(active.status == .active)
                #expect(active.locations.map(\.store) == ["file"])
                #expect(try await fixture.read(active, 0..<3) == [1, 2, 3])
                #expect(try await fixture.core.images.usage(ProjectID("p")).bytes == 3)
            }
        }
    }
}

extension ImageFixture {
    /// Adds a location as a client does, and lets the service do its work.
    func add(_ url: String, to image: Image, sha256: String? = nil) async throws {
        try await LocationImports(core: core) {}.accept(
            url, hash: sha256.map { ("sha256", $0) }, body: [:], for: image, RequestContext(requestID: "req-1"))
        try await runSagas()
    }
}
