import Caching
import ComputeModel
import ComputeStore
package import Core
import Database
import Glibc
import IdentityClient
import Messaging
import Notifications
package import Runtime
import Workflow

/// The conductor daemon: long operations as sagas, and the agents' only way to the database.
package enum ConductorService {
    package static let optionGroups: [any OptionGroup.Type] = [
        DatabaseOptions.self, MessagingOptions.self, CacheOptions.self, IdentityOptions.self, ConductorOptions.self,
        NotificationOptions.self, NotificationDriverOptions.self, NotificationQueueOptions.self,
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
        let owner = "\(daemon.host):\(getpid())"
        let notifications = try configuration.read(NotificationOptions.self)
        let relay = NotificationRelay(
            database: database, broker: broker, owner: owner,
            to: NotificationRelay.Destination(
                exchange: "nova", topics: notifications.topics,
                isDurable: try configuration.read(NotificationQueueOptions.self).isDurable), clock: daemon.clock)
        let isTelling = try configuration.read(NotificationDriverOptions.self).isOn
        // By signal; by timer what another conductor left when it died.
        let publishing = Reconciler("notifications", every: .seconds(5), logger: daemon.logger) {
            try await relay.drain()
        }
        let environment = ConductorEnvironment(
            database: database, placement: RemotePlacement(client: client),
            network: NeutronClient(identity: identity),
            volumes: CinderClient(identity: identity),
            images: RemoteImages(session: ServiceSession(identity: identity, service: "image")),
            agents: RemoteAgents(client: client), sagas: control, clock: daemon.clock, ids: daemon.ids,
            logger: daemon.logger,
            notices: ServerNotices(
                isTelling ? notifications : nil, daemonHost: daemon.host, ids: daemon.ids, clock: daemon.clock,
                committed: { publishing.signal() }))
        var limits = SagaLimits()
        limits.concurrency = options.concurrency
        let engine = SagaEngine(
            database: database, environment: environment, owner: owner, sagas: allSagas,
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
                handlers: conductorHandlers(
                    environment, engine, domain: options.dhcpDomain, publish: { publishing.signal() }),
                logger: daemon.logger))
        // Also when nothing more is told: what waits is still true.
        daemon.serve("notifications") { try await publishing.run() }
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
