import Core
import Database
import FoundationEssentials
import Glibc
import NIOCore
import TestSupport
import Testing

@testable import Image

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct ImageDataTests {
    @Test func anUploadIsStoredHashedAndActive() async throws {
        try await ImageFixture.with { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([Array("hello ".utf8), Array("world".utf8)]), announced: 11)
            let active = try #require(try await fixture.core.images.find(image.id))
            #expect(active.status == .active)
            #expect(active.size == 11)
            #expect(active.checksum == "5eb63bbbe01eeed093cb22bb8f5acdc3")
            #expect(active.hashAlgorithm == "sha512")
            #expect(active.hashDigest?.hasPrefix("309ecc489c12d6eb4cc40f50c902f2b4") == true)
            var read: [UInt8] = []
            guard case .file(let file) = try await fixture.data.download(active) else {
                Issue.record("no file")
                return
            }
            for try await chunk in file { read += chunk.readableBytesView }
            #expect(read == Array("hello world".utf8))
            // The bytes of an active image never change.
            await #expect(throws: ServiceError.self) {
                try await fixture.data.upload(active, Chunks([[1]]), announced: 1)
            }
        }
    }

    /// One batch is stored while the next arrives, and digests are taken beside one another.
    @Test func manyPiecesAreStoredInTheirOrder() async throws {
        try await ImageFixture.with { fixture in
            let pieces = (0..<300).map { [UInt8](repeating: UInt8($0 % 251), count: 900 + $0) }
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks(pieces), announced: nil)
            let active = try #require(try await fixture.core.images.find(image.id))
            let bytes = Array(pieces.joined())
            #expect(try await fixture.read(active, 0..<Int64(bytes.count)) == bytes)
            var hasher = DataHasher()
            hasher.update(ByteBuffer(bytes: bytes))
            #expect(active.hashDigest == hasher.hash && active.checksum == hasher.checksum)
            #expect(active.size == Int64(bytes.count))
        }
    }

    @Test func aFileThatWasCutShortIsNotSent() async throws {
        try await ImageFixture.with { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[UInt8](repeating: 7, count: 10_000)]), announced: nil)
            let path = try fixture.core.files.path(image.id)
            let file = try FileHandle.read(path)
            try file.load(5000..<10_000)
            #expect(truncate(path, 9000) == 0)
            #expect(throws: ServiceError.self) { try file.load(0..<10_000) }
        }
    }

    @Test func anUploadThatIsCleanedAwayWithItsImageSaysThatTheImageIsGone() async throws {
        try await ImageFixture.with { fixture in
            let image = try await fixture.queued()
            let chunks = Chunks([[1], [2], [3]]) { index in
                guard index == 2 else { return }
                try await fixture.catalogue.delete(image.id)
                try await ImageCleaner(core: fixture.core, catalogue: fixture.catalogue).clean()
            }
            do {
                try await fixture.data.upload(image, chunks, announced: nil)
                Issue.record("it was taken")
            } catch let error as ServiceError {
                #expect(error.code == .gone)
            }
        }
    }

    @Test func deletingDuringAnUploadLeavesNothingBehind() async throws {
        try await ImageFixture.with { fixture in
            let image = try await fixture.queued()
            let chunks = Chunks([[1], [2], [3]]) { index in
                if index == 2 { try await fixture.catalogue.delete(image.id) }
            }
            await #expect(throws: ServiceError.self) { try await fixture.data.upload(image, chunks, announced: nil) }
            #expect(try await fixture.core.images.find(image.id) == nil)
            #expect(try await fixture.stored() == [])
        }
    }

    /// In small: uploads and deletes that race leave the files that the rows say.
    @Test func racingUploadsAndDeletesAgreeWithTheRows() async throws {
        try await ImageFixture.with { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let image = try await fixture.queued()
                        async let upload: Void = fixture.data.upload(image, Chunks([[1], [2]]), announced: nil)
                        if number.isMultiple(of: 2) {
                            do { try await fixture.catalogue.delete(image.id) } catch is ServiceError {}
                        }
                        do { try await upload } catch is ServiceError {}
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await fixture.core.database.query("SELECT id FROM images WHERE status = 'active'")
            #expect(Set(try await fixture.stored()) == Set(try rows.map { try $0.get("id", as: String.self) }))
            let usage = try await fixture.core.images.usage(ProjectID("p"))
            #expect(usage.bytes == Int64(rows.count * 2))
        }
    }

    @Test func refusedContentLeavesTheImageQueuedAndNothingStored() async throws {
        try await ImageFixture.with(options: "[image]\nmax_image_size = 100000\n") { fixture in
            let cases: [(String, [UInt8], ServiceError.Code)] = [
                ("qcow2", CraftedImages.qcow2(backing: 112, backingLength: 11), .unsupportedMediaType),
                ("raw", CraftedImages.qcow2(), .unsupportedMediaType), ("qcow2", [1, 2, 3], .unsupportedMediaType),
                ("raw", [UInt8](repeating: 0, count: 100_001), .tooLarge),
            ]
            for (format, bytes, code) in cases {
                let image = try await fixture.queued(format: format)
                do {
                    try await fixture.data.upload(image, Chunks([bytes]), announced: nil)
                    Issue.record("\(format) was accepted")
                } catch let error as ServiceError {
                    #expect(error.code == code)
                }
                #expect(try await fixture.core.images.find(image.id)?.status == .queued)
                #expect(try await fixture.stored() == [])
            }
            let good = try await fixture.queued(format: "qcow2")
            try await fixture.data.upload(good, Chunks([CraftedImages.qcow2()]), announced: nil)
            #expect(try await fixture.core.images.find(good.id)?.virtualSize == 1 << 30)
        }
    }

    /// Requests that race at the edge of a quota never get past it.
    @Test func quotasHoldWhenRequestsRace() async throws {
        let options = "[image]\nmax_images = 20\nproject_quota = 30\n"
        try await ImageFixture.with(options: options) { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        do {
                            let image = try await fixture.queued()
                            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
                        } catch let error as ServiceError {
                            #expect(error.code == .overQuota || error.code == .tooLarge)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let usage = try await fixture.core.images.usage(ProjectID("p"))
            #expect(usage.images == 20)
            #expect(usage.bytes == 30)
            #expect(try await fixture.stored().count == 10)
        }
    }

    @Test func whatACrashedUploadLeftIsCleanedAtTheNextStart() async throws {
        try await ImageFixture.with { fixture in
            let image = try await fixture.queued()
            let upload = fixture.core.ids.uuid()
            _ = try await fixture.core.images.beginUpload(
                image.id, as: .saving, from: [.queued], upload: upload, host: "test", now: fixture.core.clock.now())
            _ = try await fixture.core.files.receive(Chunks([[1]]), upload: upload, limit: 10, inspect: false)
            try await ImageCleaner(core: fixture.core, catalogue: fixture.catalogue).recover()
            #expect(try await fixture.core.images.find(image.id)?.status == .queued)
            #expect(try await fixture.stored() == [])
        }
    }

    @Test func pagesCoverEveryImageOnceInEveryOrder() async throws {
        try await ImageFixture.with { fixture in
            for number in 0..<17 {
                var image = Image(
                    id: ImageID(fixture.core.ids.uuid()), name: number % 3 == 0 ? nil : "n\(number % 4)",
                    owner: ProjectID("p"), createdAt: fixture.core.clock.now())
                image.tags = number.isMultiple(of: 2) ? ["even"] : []
                image.properties = ["kind \"\(number % 2)\"": "x"]
                try await fixture.catalogue.create(image)
            }
            for (key, descending) in [
                (ImageFilter.Order.Key.name, false), (.name, true), (.createdAt, true), (.size, false),
            ] {
                var filter = ImageFilter()
                filter.project = ProjectID("p")
                filter.order = [.init(key: key, isDescending: descending), .init(key: .id, isDescending: descending)]
                var seen: [ImageID] = []
                var marker: Image?
                while true {
                    let page = try await fixture.core.images.list(filter, after: marker, limit: 5)
                    seen += page.map(\.id)
                    guard page.count == 5 else { break }
                    marker = page.last
                }
                #expect(seen.count == 17 && Set(seen).count == 17, "\(key) \(descending)")
            }
            var filter = ImageFilter()
            filter.project = ProjectID("p")
            filter.order = [.init(key: .id, isDescending: false)]
            filter.tags = ["even"]
            #expect(try await fixture.core.images.list(filter, after: nil, limit: 100).count == 9)
            filter.tags = []
            filter.properties = ["kind \"1\"": "x"]
            #expect(try await fixture.core.images.list(filter, after: nil, limit: 100).count == 8)
            filter.properties = [:]
            filter.project = ProjectID("other")
            #expect(try await fixture.core.images.list(filter, after: nil, limit: 100).isEmpty)
        }
    }
}
