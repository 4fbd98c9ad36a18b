import Core
import Database
import FoundationEssentials
import Logging
import NIOCore
import TestSupport
import Testing
import WebAPI

@testable import Image

/// The service's core on a fresh database and an empty folder.
struct ImageFixture: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue
    let data: ImageDataService
    let folder: String

    /// - Parameter text: settings of `[image]`; FOLDER stands for the fixture's own folder.
    static func with<T: Sendable>(
        options text: String = "[image]\n", _ body: @escaping @Sendable (ImageFixture) async throws -> T
    ) async throws -> T {
        try await TestServices.withDatabase { database in
            _ = try await Migrator.migrate(database, service: "image", imageMigrations)
            let folder = "/tmp/apus-image-\(IDGenerator.random.hex())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let fixture = try await start(text, database, folder)
            let result = try await body(fixture)
            try FileManager.default.removeItem(atPath: folder)
            return result
        }
    }

    private static func start(_ text: String, _ database: Database, _ folder: String) async throws -> ImageFixture {
        var settings = text.replacing("FOLDER", with: folder)
        if !text.contains("data_dir = ") { settings += "\ndata_dir = \(folder)/file\n" }
        let options: ImageOptions = try Configuration(text: settings).read()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let stores = ImageStores(
            options.stores, pool: BlockingPool(name: "test", threads: 4, maxQueue: 10_000))
        try await stores.prepare()
        let cache = try await ImageCache.prepare(
            options, database, apartFrom: stores, host: "test", clock: .system)
        let core = ImageCore(
            options: options, database: database, images: ImageStore(database), members: MemberStore(database),
            tasks: TaskStore(database), stores: stores, web: try WebFetcher(options: options), cache: cache,
            signatures: SignatureVerifier(options), conversions: Conversions(options.plugins),
            host: "test", ids: .random, clock: .system, logger: logger)
        return ImageFixture(
            core: core, catalogue: ImageCatalogue(core: core), data: ImageDataService(core: core), folder: folder)
    }

    /// The service with other settings on the same database and folder.
    func restarted(options text: String) async throws -> ImageFixture {
        try await Self.start(text, core.database, folder)
    }

    func queued(format: String = "raw", owner: String = "p") async throws -> Image {
        var image = Image(id: ImageID(core.ids.uuid()), owner: ProjectID(owner), createdAt: core.clock.now())
        image.diskFormat = format
        image.containerFormat = "bare"
        try await catalogue.create(image)
        return image
    }

    /// Everything in the stores' folders, as ids.
    func stored() async throws -> [String] {
        var all = try await core.files.stagedImages(limit: .max)
        for store in core.stores.writable {
            all += try await store.storedImages().ids + store.uploads(limit: .max)
        }
        return all
    }

    /// The API, without a server.
    func api() throws -> LocalAPI {
        LocalAPI(
            ImageService.description(
                core, catalogue, data, ImageImports(core: core) {}, LocationImports(core: core) {},
                CacheController(core: core, catalogue: catalogue) {}, identityURL: ""),
            authenticator: SampleAuthenticator(), policy: try PolicyEngine(rules: ImagePolicies.all),
            logger: core.logger)
    }

    func read(_ image: Image, _ range: Range<Int64>) async throws -> [UInt8] {
        let content = try #require(try await data.download(image))
        let bytes = Locked<[UInt8]>([])
        let sink = ResponseBodySink { chunk in bytes.withLock { $0 += chunk.readableBytesView } }
        try await data.send(content, of: image, range, to: sink)
        return bytes.withLock { $0 }
    }

    /// What `stored` must be: the files that the rows say.
    func expected() async throws -> [String] {
        try await core.database.query("SELECT * FROM images WHERE status <> 'deleted'").map { try Image($0) }.flatMap {
            image in image.locations.filter { core.stores.file($0.store) != nil }.map { _ in image.id.rawValue }
        }
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
