import Core
import Database
import FoundationEssentials
import TestSupport
import Testing
import Workflow

@testable import Image

/// Imports that come compressed are stored as what is in them, and never grow past what they may.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct DecompressionTests {
    private static let options = "[image]\nimage_import_plugins = image_decompression\n"

    /// Not all alike, and more than a piece of the decompressor.
    private static let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7 ^ $0 >> 11) }

    @Test func gzipAndZipAreStoredAsWhatIsInThem() async throws {
        try await ImageFixture.with(options: Self.options) { fixture in
            let gzip = try await compressed(Self.bytes, in: fixture.folder)
            let empty = try await compressed([], in: fixture.folder)
            let few = Array(Self.bytes.prefix(20_000))
            for (data, whole) in [
                (gzip, Self.bytes), (gzip + [0, 0, 0], Self.bytes), (empty + gzip + empty, Self.bytes),
                (ZipFile(gzip, deflated: Self.bytes).bytes, Self.bytes), (Self.bytes, Self.bytes),
                (ZipFile(stored: few).bytes, few), (ZipFile(stored: few, is64: true).bytes, few),
                (ZipFile(stored: few, comment: "PK\u{5}\u{6} is no end").bytes, few),
            ] {
                let after = try await fixture.imported(data)
                #expect(after.status == .active)
                #expect(after.size == Int64(whole.count))
                #expect(try await fixture.read(after, 0..<Int64(whole.count)) == whole)
                try await fixture.catalogue.delete(after.id)
            }
        }
    }

    @Test func whatIsToStayCompressedDoes() async throws {
        try await ImageFixture.with(options: Self.options) { fixture in
            let data = try await compressed([1, 2, 3], in: fixture.folder)
            #expect(try await fixture.imported(data, container: "compressed").size == Int64(data.count))
        }
        try await ImageFixture.with { fixture in
            let data = try await compressed([1, 2, 3], in: fixture.folder)
            #expect(try await fixture.imported(data).size == Int64(data.count))
        }
    }

    @Test func archivesThatAreNotValidAreRefused() async throws {
        try await ImageFixture.with(options: Self.options) { fixture in
            let gzip = try await compressed(Array("hello, hello, hello".utf8), in: fixture.folder)
            let zip = ZipFile(stored: [1, 2, 3])
            let changed = ZipFile(stored: [1, 2, 3], change: { $0.checksum ^= 1 })
            for data in [
                Array(gzip.dropLast(3)), gzip + [1], Array(gzip.prefix(12)) + gzip.dropFirst(13),
                Array(zip.bytes.dropLast()), Array("PK\u{3}\u{4}".utf8), changed.bytes,
                ZipFile(stored: [1, 2, 3], count: 2).bytes, ZipFile(stored: [1, 2, 3], flags: 1).bytes,
                ZipFile(stored: [1, 2, 3], name: "folder/").bytes,
                ZipFile(stored: [1, 2, 3], change: { $0.size = 2 }).bytes,
                ZipFile(stored: [1, 2, 3], change: { $0.compressedSize = 1 << 31 }).bytes,
                ZipFile(stored: [1, 2, 3], change: { $0.offset = 1 << 31 }).bytes,
            ] {
                let after = try await fixture.imported(data)
                #expect(after.status == .queued, "\(data.prefix(64))")
                #expect(try await fixture.stored() == [])
            }
        }
    }

    /// Row 5: a few bytes that would be very many.
    @Test func whatGrowsPastTheLimitIsRefused() async throws {
        for limit in ["max_image_size = 1M", "project_quota = 1M"] {
            try await ImageFixture.with(options: Self.options + limit + "\n") { fixture in
                let bomb = try await compressed([UInt8](repeating: 0, count: 8 << 20), in: fixture.folder)
                #expect(bomb.count < 10_000)
                let lie = ZipFile(bomb, deflated: [], change: { $0.size = 100 })
                for data in [bomb, ZipFile(bomb, deflated: [UInt8](repeating: 0, count: 8 << 20)).bytes, lie.bytes] {
                    let after = try await fixture.imported(data)
                    #expect(after.status == .queued)
                    #expect(try await fixture.stored() == [])
                    #expect(try await fixture.core.images.usage(ProjectID("p")).bytes == 0)
                }
                let fits = try await compressed([UInt8](repeating: 0, count: 1 << 20), in: fixture.folder)
                #expect(try await fixture.imported(fits).size == 1 << 20)
            }
        }
    }

    /// Each step twice, a failure at each step, each undo twice: nothing left behind.
    @Test func aDecompressedImportEndsWholeOrNotAtAll() async throws {
        try await ImageFixture.with(options: Self.options) { fixture in
            let data = try await compressed(Self.bytes, in: fixture.folder)
            let harness = SagaHarness(
                ImportImage.self,
                prepare: {
                    let image = try await fixture.queued()
                    try await fixture.data.stage(image, Chunks([data]), announced: nil)
                    let upload = fixture.core.ids.uuid()
                    try await fixture.core.database.execute(
                        "UPDATE images SET status = 'importing', upload_id = \(upload) WHERE id = \(image.id)")
                    return .init(
                        environment: ImportEnvironment(core: fixture.core, data: fixture.data, remote: nil),
                        state: ImportImage.State(
                            image: image.id, task: fixture.core.ids.uuid(), upload: upload, method: .glanceDirect,
                            host: "test", stores: ["file"]))
                },
                done: { _ in
                    let image = try await last(fixture)
                    #expect(image.status == .active && image.size == Int64(Self.bytes.count))
                    #expect(try await fixture.stored().sorted() == fixture.expected().sorted())
                },
                nothingLeft: { _ in
                    let status = try await last(fixture).status
                    #expect(status == .queued || status == .active)
                    #expect(try await fixture.stored().sorted() == fixture.expected().sorted())
                })
            try await harness.runAll()
        }
    }

    private func last(_ fixture: ImageFixture) async throws -> Image {
        let row = try await fixture.core.database.first("SELECT * FROM images ORDER BY created_at DESC LIMIT 1")
        return try Image(try #require(row))
    }

    private func compressed(_ bytes: [UInt8], in folder: String) async throws -> [UInt8] {
        let path = "\(folder)/source"
        try Data(bytes).write(to: URL(filePath: path))
        try await Command("gzip", ["--no-name", "--force", path]).checked()
        return [UInt8](try Data(contentsOf: URL(filePath: path + ".gz")))
    }
}

extension ImageFixture {
    /// An image that was staged and imported; or what became of it.
    func imported(_ bytes: [UInt8], container: String = "bare") async throws -> Image {
        var image = Image(id: ImageID(core.ids.uuid()), owner: ProjectID("p"), createdAt: core.clock.now())
        image.diskFormat = "raw"
        image.containerFormat = container
        try await catalogue.create(image)
        try await data.stage(image, Chunks([bytes]), announced: nil)
        let staged = try #require(try await core.images.find(image.id))
        _ = try await ImageImports(core: core) {}.accept(
            ImportRequest(method: .glanceDirect, stores: ["file"], body: [:]), for: staged,
            RequestContext(requestID: "req-1"))
        try await runSagas()
        return try #require(try await core.images.find(image.id))
    }
}

/// A zip archive with one file, made byte by byte.
struct ZipFile {
    var method: UInt64 = 0
    var size: UInt64
    var compressedSize: UInt64
    var checksum: UInt64
    var offset: UInt64 = 0
    private let data: [UInt8]
    private(set) var bytes: [UInt8] = []

    /// - Parameter gzip: what `gzip --no-name` made: its header has ten bytes, its end eight.
    init(_ gzip: [UInt8], deflated whole: [UInt8], change: (inout ZipFile) -> Void = { _ in }) {
        data = Array(gzip.dropFirst(10).dropLast(8))
        method = 8
        (size, compressedSize) = (UInt64(whole.count), UInt64(data.count))
        checksum = gzip.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        change(&self)
        write()
    }

    init(
        stored whole: [UInt8], is64: Bool = false, count: UInt64 = 1, flags: UInt64 = 0, name: String = "disk.raw",
        comment: String = "", change: (inout ZipFile) -> Void = { _ in }
    ) {
        data = whole
        (size, compressedSize) = (UInt64(data.count), UInt64(data.count))
        checksum = UInt64(Self.checksum(of: data))
        change(&self)
        write(is64: is64, count: count, flags: flags, name: name, comment: comment)
    }

    private mutating func write(
        is64: Bool = false, count: UInt64 = 1, flags: UInt64 = 0, name: String = "disk.raw", comment: String = ""
    ) {
        func little(_ value: UInt64, _ count: Int) -> [UInt8] { CraftedImages.little(value, count) }
        let sizes = is64 ? little(0xFFFF_FFFF, 4) + little(0xFFFF_FFFF, 4) : little(compressedSize, 4) + little(size, 4)
        let extra = is64 ? little(1, 2) + little(16, 2) + little(size, 8) + little(compressedSize, 8) : []
        var facts = little(20, 2) + little(flags, 2) + little(method, 2)
        facts += little(0, 4) + little(checksum, 4) + sizes
        let lengths = little(UInt64(name.utf8.count), 2)
        // The file's own header has an extra field that the directory has not.
        bytes = Array("PK\u{3}\u{4}".utf8) + facts + lengths
        bytes += little(5, 2) + Array(name.utf8) + [9, 9, 1, 0, 7] + data
        let start = UInt64(bytes.count)
        var entry = Array("PK\u{1}\u{2}".utf8) + little(20, 2) + facts + lengths
        entry += little(UInt64(extra.count), 2) + little(0, 10) + little(offset, 4)
        entry += Array(name.utf8) + extra
        bytes += entry
        if is64 {
            let record = UInt64(bytes.count)
            bytes += Array("PK\u{6}\u{6}".utf8) + little(44, 8) + little(45, 2) + little(45, 2)
            bytes += little(0, 8) + little(count, 8) + little(count, 8)
            bytes += little(UInt64(entry.count), 8) + little(start, 8)
            bytes += Array("PK\u{6}\u{7}".utf8) + little(0, 4) + little(record, 8) + little(1, 4)
        }
        let shown = little(is64 ? 0xFFFF : count, 2)
        bytes += Array("PK\u{5}\u{6}".utf8) + little(0, 4) + shown + shown
        bytes += little(UInt64(entry.count), 4) + little(is64 ? 0xFFFF_FFFF : start, 4)
        bytes += little(UInt64(comment.utf8.count), 2) + Array(comment.utf8)
    }

    /// CRC-32 as in ISO 3309, bit by bit.
    private static func checksum(of bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = ~0
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB8_8320 }
        }
        return ~sum
    }
}
