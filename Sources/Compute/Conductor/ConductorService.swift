import Caching
import ComputeModel
import ComputeStore
package import Core
import Database
import Glibc
import IdentityClient
import Messaging
package import Runtime
import Workflow

/// The conductor daemon: long operations as sagas, and the agents' only way to the database.
package enum ConductorService {
    package static let optionGroups: [any OptionGroup.Type] = [
        DatabaseOptions.self, MessagingOptions.self, CacheOptions.self, IdentityOptions.self, ConductorOptions.self,
    ]

    package static func start(_ daemon: DaemonEnvironment) async throws {
        let configuration = daemon.configuration
        let options = try configuration.read(ConductorOptions.self)
        let database = try await Database(try configuration.read(DatabaseOptions.self), logger: daemon.logger)
        try await Migrator.check(database, service: "compute", computeMigrations)
        let broker = AMQPBroker(
            try configuration.read(MessagingOptions.self), name: daemon.name, logger: daemon.logger)
        let client = RPCClient(broker, clock: daemon.clock)
        let identity = try IdentityClient(
            try configuration.read(IdentityOptions.self), cache: try configuration.read(CacheOptions.self).makeCache(),
            clock: daemon.clock, logger: daemon.logger)
        let control = EngineControl(database: database)
        let environment = ConductorEnvironment(
            database: database, placement: RemotePlacement(client: client),
            network: NeutronClient(identity: identity),
            volumes: CinderClient(identity: identity),
            images: RemoteImages(session: ServiceSession(identity: identity, service: "image")),
            agents: RemoteAgents(client: client), sagas: control, clock: daemon.clock, ids: daemon.ids,
            logger: daemon.logger)
        var limits = SagaLimits()
        limits.concurrency = options.concurrency
        let engine = SagaEngine(
            database: database, environment: environment, owner: "\(daemon.host):\(getpid())", sagas: allSagas,
            limits: limits, logger: daemon.logger, clock: daemon.clock)
        control.use(engine)
        let ports = Reconciler("recheck-ports", every: .seconds(5), logger: daemon.logger) {
            try await control.recheckPorts()
        }
        let heartbeat = Reconciler("heartbeat", every: .seconds(10), logger: daemon.logger) {
            try await HostStore.seen(
                host: daemon.host, binary: "nova-conductor", newID: daemon.ids.uuid(), at: daemon.clock.now(),
                in: database)
        }

        daemon.check("database") { _ = try await database.query("SELECT 1") }
        daemon.check("messaging") { try broker.checkConnected() }
        daemon.serve(broker)
        daemon.serve("workflows") { try await engine.run() }
        daemon.serve(
            RPCServer(
                broker, topic: ConductorTopic.self,
                handlers: conductorHandlers(environment, engine, domain: options.dhcpDomain), logger: daemon.logger))
        daemon.serve("recheck-ports") { try await ports.run() }
        daemon.serve("heartbeat") { try await heartbeat.run() }
    }

    /// Every workflow of compute; add new ones here.
    static var allSagas: [any Saga<ConductorEnvironment>.Type] {
        [
            BuildServer.self, DeleteServer.self, PowerServerSaga.self, AttachVolumeSaga.self, DetachVolumeSaga.self,
            AttachInterfaceSaga.self, DetachInterfaceSaga.self, SnapshotServerSaga.self,
        ]
    }
}
