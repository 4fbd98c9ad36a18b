import Caching
package import Core
import Database
import FoundationEssentials
import IdentityClient
import Messaging
package import Runtime
import WebAPI
import Workflow

/// The image daemon: Glance's v2 API.
package enum ImageService {
    package static let optionGroups: [any OptionGroup.Type] = [
        DatabaseOptions.self, MessagingOptions.self, CacheOptions.self, APIServerOptions.self, IdentityOptions.self,
        ImageOptions.self,
    ]

    package static func start(_ daemon: DaemonEnvironment) async throws {
        let configuration = daemon.configuration
        let logger = daemon.logger
        let database = try await Database(try configuration.read(DatabaseOptions.self), logger: logger)
        try await Migrator.check(database, service: "image", imageMigrations)

        let broker = AMQPBroker(try configuration.read(MessagingOptions.self), name: "image", logger: logger)
        daemon.serve("messaging") { try await broker.run() }
        let identityOptions = try configuration.read(IdentityOptions.self)
        let cacheOptions = try configuration.read(CacheOptions.self)
        let cache: any Cache =
            cacheOptions.servers.isEmpty
            ? NoCache()
            : MemcachedCache(servers: cacheOptions.servers, secret: cacheOptions.secret.reveal())
        let identity = try IdentityClient(identityOptions, cache: cache, clock: daemon.clock, logger: logger)
        daemon.serve(
            RPCServer(broker, topic: IdentityTopic.self, handlers: identity.handlers, logger: logger))

        let api = try configuration.read(APIServerOptions.self)
        let policy = try PolicyEngine(rules: ImagePolicies.all, file: api.policyFile)
        var options = try configuration.read(ImageOptions.self)
        options.protections = try options.protections.decided(by: policy)
        let stores = ImageStores(
            options.stores, pool: BlockingPool(name: "image-files", threads: 8, maxQueue: 4096))
        try await stores.prepare()
        let copies = try await ImageCache.prepare(
            options, database, apartFrom: stores, host: daemon.host, clock: daemon.clock)
        let core = ImageCore(
            options: options, database: database, images: ImageStore(database), members: MemberStore(database),
            tasks: TaskStore(database), stores: stores, web: try WebFetcher(options: options), cache: copies,
            signatures: SignatureVerifier(options), conversions: Conversions(options.plugins),
            host: daemon.host, ids: daemon.ids, clock: daemon.clock,
            logger: logger)
        let catalogue = ImageCatalogue(core: core)
        let data = ImageDataService(core: core)
        let cleaner = ImageCleaner(core: core, catalogue: catalogue)
        try await cleaner.recover()
        let engine = SagaEngine<ImportEnvironment>(
            database: database,
            environment: ImportEnvironment(
                core: core, data: data, remote: RemoteImages(identity: identity)),
            owner: "image@\(daemon.host)", sagas: ImportEnvironment.sagas, logger: logger,
            clock: daemon.clock)
        daemon.serve("sagas") { try await engine.run() }
        let cleaning = Reconciler("purge deleted images", every: .seconds(60), logger: logger) {
            try await cleaner.clean()
        }
        daemon.serve("purge deleted images") { try await cleaning.run() }
        let caching = Reconciler("cache images", every: .seconds(30), logger: logger) {
            if let copies { try await CacheWorker(cache: copies, core: core, data: data).run() }
        }
        daemon.serve("cache images") { try await caching.run() }
        daemon.check("database") { _ = try await database.query("SELECT 1 AS one") }

        let imports = ImageImports(core: core) { engine.wake() }
        let locations = LocationImports(core: core) { engine.wake() }
        let cached = CacheController(core: core, catalogue: catalogue) { caching.signal() }
        daemon.serve(
            APIServer(
                options: api,
                service: description(
                    core, catalogue, data, imports, locations, cached, identityURL: identityOptions.authURL),
                authenticator: identity, policy: policy,
                defaultPort: 9292, ids: daemon.ids, clock: daemon.clock, logger: logger))
    }

    static func description(
        _ core: ImageCore, _ catalogue: ImageCatalogue, _ data: ImageDataService, _ imports: ImageImports,
        _ locations: LocationImports, _ cached: CacheController, identityURL: String
    ) -> APIDescription {
        let schemas = ImageSchemas(core.options)
        let discovery = DiscoveryController(core: core, schemas: schemas)
        let images = ImagesController(core: core, catalogue: catalogue, schemas: schemas, imports: locations)
        let operations =
            images.operations
            + ImageDataController(core: core, catalogue: catalogue, data: data).operations
            + ImageActionsController(core: core, catalogue: catalogue).operations
            + ImageMembersController(core: core, catalogue: catalogue).operations
            + LocationsController(core: core, catalogue: catalogue, imports: locations).operations
            + ImportController(core: core, catalogue: catalogue, imports: imports, images: images).operations
            + cached.operations
            + MetadefsController(core: core, store: MetadefStore(database: core.database)).operations
            + discovery.operations
        return APIDescription(
            serviceType: "image",
            mounts: [
                Mount("", discovery.versionOperations, faults: .glance),
                Mount("/v2", operations, faults: .glance, ignoresTrailingSlash: false),
            ],
            faults: .glance, identityURL: identityURL)
    }
}
