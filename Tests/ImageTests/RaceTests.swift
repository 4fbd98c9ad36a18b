import Core
import Database
import FoundationEssentials
import NIOCore
import TestSupport
import Testing

@testable import Image

/// Everything that can be done to images' data, at once.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct RaceTests {
    private static let settings = "[image]\nmore_stores = more=FOLDER/more,third=FOLDER/third\nproject_quota = 1M\n"

    /// Whatever races, the stores have what the rows say, and bytes of active images never change.
    @Test func aThousandRacingOperationsLeaveStoresAndRowsInAgreement() async throws {
        try await ImageFixture.with(options: Self.settings) { fixture in
            let images = Locked<[ImageID]>([])
            for _ in 0..<40 {
                let image = try await fixture.queued()
                images.withLock { $0.append(image.id) }
            }
            let hashes = Locked<[ImageID: String]>([:])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1000 {
                    if number >= 16 { try await group.next() }
                    group.addTask {
                        var random = SeededGenerator(seed: UInt64(number))
                        let id = images.withLock { $0[Int(random.next() % UInt64($0.count))] }
                        do {
                            try await act(Int(random.next() % 12), on: id, number, fixture, images)
                        } catch is ServiceError {}
                        guard let now = try await fixture.core.images.find(id), now.status == .active else { return }
                        let first = hashes.withLock { hashes in
                            hashes[id] = hashes[id] ?? now.hashDigest
                            return hashes[id]
                        }
                        #expect(first == now.hashDigest)
                    }
                }
                try await group.waitForAll()
            }
            try await fixture.runSagas()
            try await ImageCleaner(core: fixture.core, catalogue: fixture.catalogue).clean()
            try await agree(fixture)
        }
    }

    private func act(
        _ kind: Int, on id: ImageID, _ number: Int, _ fixture: ImageFixture, _ images: Locked<[ImageID]>
    ) async throws {
        let context = RequestContext(requestID: "req-\(number)")
        let bytes = [UInt8](repeating: UInt8(number % 251 + 1), count: 100 + number)
        guard let image = try await fixture.core.images.find(id) else {
            // One more for one that is gone.
            let new = try await fixture.queued()
            return images.withLock { $0.append(new.id) }
        }
        let chunks = Chunks([Array(bytes[..<50]), Array(bytes[50...])]) { _ in await Task.yield() }
        switch kind {
        case 0, 1: try await fixture.data.upload(image, chunks, announced: nil)
        case 2: try await fixture.data.upload(image, chunks, announced: nil, to: fixture.core.stores.file("more"))
        case 3, 4: try await fixture.data.stage(image, chunks, announced: nil)
        case 5, 6:
            _ = try await ImageImports(core: fixture.core) {}.accept(
                ImportRequest(
                    method: .glanceDirect, stores: ["file", "third"], allMustSucceed: kind == 5, body: [:]), for: image,
                context)
        case 7:
            _ = try await ImageImports(core: fixture.core) {}.accept(
                ImportRequest(
                    method: .copyImage, stores: ["more", "third"].filter { !image.isStored(in: $0) }, body: [:]),
                for: image, context)
        case 8: try await fixture.runSagas()
        case 9:
            _ = try await ImageLocations(core: fixture.core).remove(from: image, last: "last") { _ in 0 }
        case 10: try await fixture.catalogue.delete(id)
        default: try await ImageCleaner(core: fixture.core, catalogue: fixture.catalogue).clean()
        }
    }

    /// Files, rows, usage and hashes agree, and nobody holds anything.
    private func agree(_ fixture: ImageFixture) async throws {
        let images = try await fixture.core.database.query("SELECT * FROM images WHERE status <> 'deleted'")
            .map { try Image($0) }
        let staged = images.filter { $0.status == .uploading }.map(\.id.rawValue)
        #expect(try await fixture.stored().sorted() == (fixture.expected() + staged).sorted())
        let active = images.filter { $0.status == .active }
        #expect(!active.isEmpty)
        for image in active {
            for location in image.locations {
                let store = try #require(fixture.core.stores.file(location.store))
                var hasher = DataHasher()
                for try await chunk in try await store.read(image.id) {
                    hasher.update(chunk)
                }
                #expect(hasher.hash == image.hashDigest)
                #expect(hasher.size == image.size)
            }
        }
        let usage = try await fixture.core.images.usage(ProjectID("p"))
        #expect(usage.bytes == active.reduce(0) { $0 + $1.storedBytes })
        let held = try await fixture.core.database.query(
            "SELECT id FROM images WHERE upload_id IS NOT NULL AND status NOT IN ('deleted', 'uploading')")
        #expect(held.isEmpty)
    }

    /// What a process leaves that died between a file and its row, at every such place, is gone after a start.
    @Test func whatADeadProcessLeftIsGoneAfterTheNextStart() async throws {
        try await ImageFixture.with(options: Self.settings) { fixture in
            let (core, data) = (fixture.core, fixture.data)
            let now = core.clock.now()
            // In an upload, before and after the file got its place.
            for commits in [false, true] {
                let image = try await fixture.queued()
                let upload = core.ids.uuid()
                _ = try await core.images.beginUpload(
                    image.id, as: .saving, from: [.queued], upload: upload, host: "test", now: now)
                _ = try await core.files.receive(Chunks([[1]]), upload: upload, limit: 10, inspect: false)
                if commits { _ = try await data.commit(image.id, in: core.files, upload: upload) }
            }
            // While data was staged, before its size was noted.
            let staging = try await fixture.queued()
            let upload = core.ids.uuid()
            _ = try await core.images.beginUpload(
                staging.id, as: .uploading, from: [.queued], upload: upload, host: "test", now: now)
            _ = try await core.files.receive(Chunks([[1]]), upload: upload, limit: 10, inspect: false)
            try await core.files.stage(upload, for: staging.id)
            // While a copy was removed, after the row and before the file.
            let image = try await fixture.queued()
            try await data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            let hold = core.ids.uuid()
            _ = try await core.images.hold(image.id, in: [.active], as: hold, host: "test", now: now)
            _ = try await core.stores.file("more")?.receive(Chunks([[9]]), upload: hold, limit: 10, inspect: false)
            try await core.stores.file("more")?.commit(hold, as: image.id)
            // After a delete, before its files went.
            let deleted = try await fixture.queued()
            try await data.upload(deleted, Chunks([[1, 2, 3]]), announced: nil)
            _ = try await core.images.delete(deleted.id, now: now)
            // A file of an id that never was an image is left to the operator.
            let unknown = ImageID(core.ids.uuid())
            let stray = core.ids.uuid()
            _ = try await core.files.receive(Chunks([[7]]), upload: stray, limit: 10, inspect: false)
            try await core.files.commit(stray, as: unknown)

            try await ImageCleaner(core: core, catalogue: fixture.catalogue).recover()
            #expect(try await fixture.stored().sorted() == [image.id.rawValue, unknown.rawValue].sorted())
            #expect(try await core.images.find(staging.id)?.status == .queued)
            #expect(try await core.images.usage(ProjectID("p")).bytes == 3)
            // And nothing is held: the next upload goes.
            let again = try #require(try await core.images.find(staging.id))
            try await data.upload(again, Chunks([[4]]), announced: nil)
            let active = try #require(try await core.images.find(image.id))
            #expect(try await fixture.read(active, 0..<3) == [1, 2, 3])
        }
    }

    /// Other daemons' uploads on shared folders go on when one daemon starts.
    @Test func aStartLeavesTheUploadsOfOtherHostsAlone() async throws {
        try await ImageFixture.with { fixture in
            let core = fixture.core
            let image = try await fixture.queued()
            let upload = core.ids.uuid()
            _ = try await core.images.beginUpload(
                image.id, as: .saving, from: [.queued], upload: upload, host: "other", now: core.clock.now())
            _ = try await core.files.receive(Chunks([[1]]), upload: upload, limit: 10, inspect: false)
            try await ImageCleaner(core: core, catalogue: fixture.catalogue).recover()
            #expect(try await fixture.stored() == [upload])
            #expect(try await core.images.find(image.id)?.status == .saving)
        }
    }
}

/// The same numbers for the same seed (SplitMix64).
private struct SeededGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
