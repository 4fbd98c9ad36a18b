import AsyncHTTPClient
import BlockStorage
import ComputeAPI
import Core
import Database
import FoundationEssentials
import Identity
import IdentityClient
import Image
import Logging
import Messaging
import Network
import Scheduler
import WebAPI
import Workflow

/// The services' APIs as data, built on parts that are never asked: a database that is not there, a
/// broker in memory. What the daemons serve is what is read here, so a new operation is fuzzed unasked.
struct APIDescriptions {
    private let database: Database
    private let identity: IdentityClient
    private let configuration: Configuration
    private let folder: String
    private let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameter folder: an empty folder for the few parts that want one.
    init(folder: String) async throws {
        self.folder = folder
        configuration = try Configuration(
            text: """
                [database]
                socket = /nonexistent
                user = none
                name = none
                pool_size = 1
                [fernet_tokens]
                key_repository = \(folder)/token-keys
                [credential]
                key_repository = \(folder)/credential-keys
                """)
        database = try await Database(configuration.read(), logger: logger)
        identity = try IdentityClient(
            IdentityOptions(authURL: "http://127.0.0.1:1/v3", username: "none", password: Secret("none")),
            http: .shared, logger: logger)
    }

    func description(of service: ServiceName) throws -> APIDescription {
        switch service {
        case .identity: try identityAPI()
        case .image:
            try ImageService.description(database: database, options: configuration.read(), logger: logger)
        case .blockStorage: try blockStorageAPI().description
        case .network:
            NetworkAPI(
                NetworkBackend(
                    database: database, ids: .random, clock: .system, options: try configuration.read(),
                    quotas: try configuration.read()
                ) {}, southbound: nil, identityURL: ""
            ).description
        case .compute: ComputeAPI.description(try computeEnvironment(), identityURL: "")
        case .placement: placementDescription(database)
        }
    }

    private func session(_ service: String) -> ServiceSession { ServiceSession(identity: identity, service: service) }

    private func identityAPI() throws -> APIDescription {
        try configuration.read(FernetTokenOptions.self).folder.setUp()
        try configuration.read(CredentialOptions.self).folder.setUp()
        return Identity.IdentityAPI.description(
            try IdentityEnvironment.make(
                configuration: configuration, database: database, clock: .system, ids: .random, logger: logger
            ) { _ in })
    }

    private func computeEnvironment() throws -> ComputeEnvironment {
        ComputeEnvironment(
            database: database, rpc: RPCClient(InMemoryBroker()), images: ImageClient(session("image")),
            networks: NetworkClient(session("network")), volumes: VolumeClient(session("block-storage")),
            options: try configuration.read(), quotas: try configuration.read(), ids: .random, clock: .system,
            logger: logger)
    }

    private func blockStorageAPI() throws -> BlockStorageAPI {
        let options = try configuration.read(BlockStorageOptions.self)
        let files = BlockingPool(name: "volume-io", threads: 1, maxQueue: 1)
        let storage = StorageEnvironment(
            database: database,
            backend: try FileBackend(folder: "\(folder)/volumes", copyTimeout: .seconds(1), files: files),
            targets: ISCSITargets(controlPort: 0, logger: logger), images: RemoteImages(session("image")),
            conversion: ImageConversion(timeout: .seconds(1), memoryBytes: 1 << 20), files: files,
            chap: ChapKey(bytes: [UInt8](repeating: 0, count: 32)), clock: .system, ids: .random, logger: logger)
        let engine = SagaEngine(
            database: database, environment: storage, owner: "fuzz", sagas: [CreateVolume.self], logger: logger,
            clock: .system)
        let quotas = try configuration.read(BlockStorage.QuotaOptions.self)
        return BlockStorageAPI(
            volumes: VolumeOperations(
                storage: storage, engine: engine, quotas: QuotaStore(database: database, defaults: quotas.defaults),
                options: options, host: "fuzz"),
            attachments: AttachmentOperations(
                storage: storage, servers: RemoteServers(session("compute")), portal: nil),
            options: options, host: "fuzz")
    }
}
