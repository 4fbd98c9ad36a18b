import Core
import Database
import FoundationEssentials
import Logging
import NIOCore
import TestSupport

@testable import Image

/// The service's core on a fresh database and an empty folder.
struct ImageFixture: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue
    let data: ImageDataService
    let folder: String

    static func with<T: Sendable>(
        options text: String = "", _ body: @escaping @Sendable (ImageFixture) async throws -> T
    ) async throws -> T {
        try await TestServices.withDatabase { database in
            _ = try await Migrator.migrate(database, service: "image", imageMigrations)
            let folder = "/tmp/apus-image-\(IDGenerator.random.hex())"
            let options: ImageOptions = try Configuration(text: text).read()
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let files = FileStore(
                id: "file", root: folder, pool: BlockingPool(name: "test", threads: 4, maxQueue: 10_000))
            try await files.prepare()
            let core = ImageCore(
                options: options, database: database, images: ImageStore(database), members: MemberStore(database),
                tasks: TaskStore(database), files: files, host: "test", ids: .random, clock: .system, logger: logger)
            let fixture = ImageFixture(
                core: core, catalogue: ImageCatalogue(core: core), data: ImageDataService(core: core), folder: folder)
            let result = try await body(fixture)
            try FileManager.default.removeItem(atPath: folder)
            return result
        }
    }

    func queued(format: String = "raw", owner: String = "p") async throws -> Image {
        var image = Image(id: ImageID(core.ids.uuid()), owner: ProjectID(owner), createdAt: core.clock.now())
        image.diskFormat = format
        image.containerFormat = "bare"
        try await catalogue.create(image)
        return image
    }

    /// Everything in the data folder, as ids.
    func stored() async throws -> [String] {
        let found = try await core.files.storedIDs(limit: 100_000)
        return found.images + found.staged + found.incoming
    }
}

/// Bytes in chunks, each after the last was taken; `before` runs ahead of each.
struct Chunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let chunks: [[UInt8]]
    let before: @Sendable (Int) async throws -> Void

    init(_ chunks: [[UInt8]], before: @escaping @Sendable (Int) async throws -> Void = { _ in }) {
        self.chunks = chunks
        self.before = before
    }

    func makeAsyncIterator() -> Iterator { Iterator(chunks: chunks, before: before) }

    struct Iterator: AsyncIteratorProtocol {
        let chunks: [[UInt8]]
        let before: @Sendable (Int) async throws -> Void
        var index = 0

        mutating func next() async throws -> ByteBuffer? {
            guard index < chunks.count else { return nil }
            try await before(index)
            defer { index += 1 }
            return ByteBuffer(bytes: chunks[index])
        }
    }
}
