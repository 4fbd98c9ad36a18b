import Caching
package import Core
import Database
import IdentityClient
import Messaging
package import Runtime
import WebAPI
import Workflow

/// The block-storage daemon: API, sagas and the manager of one backend, in one process.
package enum BlockStorageService {
    package static let optionGroups: [any OptionGroup.Type] = [
        APIServerOptions.self, DatabaseOptions.self, MessagingOptions.self, CacheOptions.self, IdentityOptions.self,
        BlockStorageOptions.self, QuotaOptions.self,
    ]

    package static func start(_ env: DaemonEnvironment) async throws {
        let options = try env.configuration.read(BlockStorageOptions.self)
        let apiOptions = try env.configuration.read(APIServerOptions.self)
        let database = try await Database(try env.configuration.read(DatabaseOptions.self), logger: env.logger)
        try await Migrator.check(database, service: "block-storage", blockStorageMigrations)

        let cache = try env.configuration.read(CacheOptions.self).makeCache()
        let identity = try IdentityClient(
            try env.configuration.read(IdentityOptions.self), cache: cache, clock: env.clock, logger: env.logger)
        let storage = try makeStorage(options, database, identity, env)
        try await storage.types.ensureDefault(ID(env.ids.uuid()), name: options.defaultVolumeType, now: env.clock.now())

        let engine = SagaEngine(
            database: database, environment: storage, owner: "\(env.host):\(env.ids.uuid().prefix(8))",
            sagas: [
                CreateVolume.self, DeleteVolume.self, ExtendVolume.self, CreateSnapshot.self, DeleteSnapshot.self,
                UploadVolume.self,
            ], logger: env.logger, clock: env.clock)
        let quotas = QuotaStore(
            database: database, defaults: try env.configuration.read(QuotaOptions.self).defaults)
        let volumes = VolumeOperations(
            storage: storage, engine: engine, quotas: quotas, options: options, host: env.host)
        let attachments = AttachmentOperations(
            storage: storage, servers: RemoteServers(ServiceSession(identity: identity, service: "compute")),
            portal: options.portal)
        let api = BlockStorageAPI(volumes: volumes, attachments: attachments, options: options, host: env.host)

        let broker = AMQPBroker(try env.configuration.read(MessagingOptions.self), logger: env.logger)
        env.check("database") { _ = try await database.query("SELECT 1 AS one") }
        env.check("iscsi target") { _ = try await storage.targets.exported() }
        env.serve(IdentityClientLife(identity: identity))
        env.serve(broker)
        env.serve(
            RPCServer(
                broker, topic: IdentityTopic.self, instance: nil, handlers: identity.handlers, logger: env.logger))
        env.serve("sagas") { try await engine.run() }
        let exports = Reconciler("exports", every: .seconds(15), logger: env.logger) {
            try await Exports(storage: storage).reconcile(service: attachments)
        }
        env.serve("exports") { try await exports.run() }
        let purge = Reconciler("purge messages", every: .seconds(3600), logger: env.logger) {
            while try await storage.messages.purge(now: env.clock.now()) == 1000 {}
        }
        env.serve("purge messages") { try await purge.run() }
        let server = APIServer(
            options: apiOptions, service: api.description, authenticator: identity,
            policy: try PolicyEngine(rules: VolumePolicy.all, file: apiOptions.policyFile), defaultPort: 8776,
            ids: env.ids, clock: env.clock, logger: env.logger)
        env.serve(NamedService(description: "api", base: server))
    }

    private static func makeStorage(
        _ options: BlockStorageOptions, _ database: Database, _ identity: IdentityClient, _ env: DaemonEnvironment
    ) throws -> StorageEnvironment {
        let files = BlockingPool(name: "volume-io", threads: 4, maxQueue: 1024)
        let backend = try FileBackend(
            folder: options.volumesPath, copyTimeout: options.conversionTimeout, files: files)
        return StorageEnvironment(
            database: database, backend: backend,
            targets: ISCSITargets(controlPort: options.controlPort, logger: env.logger),
            images: RemoteImages(ServiceSession(identity: identity, service: "image")),
            conversion: ImageConversion(
                timeout: options.conversionTimeout, memoryBytes: options.conversionMemory.bytes),
            files: files, chap: try ChapKey(file: options.keyFile), clock: env.clock, ids: env.ids, logger: env.logger)
    }
}
