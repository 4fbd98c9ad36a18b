import Caching
import ComputeModel
package import Core
import Database
import IdentityClient
import Messaging
package import Runtime
import SchedulerModel
import WebAPI
import Workflow

/// The scheduler daemon: places servers, keeps claims.
package enum SchedulerService {
    package static let optionGroups: [any OptionGroup.Type] = [
        DatabaseOptions.self, MessagingOptions.self, CacheOptions.self, IdentityOptions.self, APIServerOptions.self,
        SchedulerOptions.self,
    ]

    package static func start(_ daemon: DaemonEnvironment) async throws {
        let options = try daemon.configuration.read(SchedulerOptions.self)
        let database = try await Database(try daemon.configuration.read(DatabaseOptions.self), logger: daemon.logger)
        try await Migrator.check(database, service: "placement", placementMigrations)
        let broker = AMQPBroker(
            try daemon.configuration.read(MessagingOptions.self), name: daemon.name, logger: daemon.logger)

        let hostStore = HostStore(database: database)
        let selections = SelectionStore(database: database)
        let selector = DestinationSelector(
            hosts: HostSnapshot(maximumAge: options.snapshotAge) { try await hostStore.candidates() },
            claims: ClaimStore(database: database), selections: selections,
            selection: HostSelection(filters: allFilters, ranking: options.ranking),
            downAfterSeconds: Double(options.serviceDownTime.components.seconds), clock: daemon.clock,
            logger: daemon.logger)
        let purge = Reconciler("purge-selections", every: .seconds(3600), logger: daemon.logger) {
            try await selections.purge(olderThan: 30 * 86400, now: daemon.clock.now())
        }

        daemon.check("database") { _ = try await database.query("SELECT 1") }
        daemon.check("messaging") { try broker.checkConnected() }
        daemon.serve(broker)
        daemon.serve(
            RPCServer(
                broker, topic: SchedulerTopic.self, handlers: schedulerHandlers(selector, hostStore),
                logger: daemon.logger))
        let api = try daemon.configuration.read(APIServerOptions.self)
        let identityOptions = try daemon.configuration.read(IdentityOptions.self)
        let identity = try IdentityClient(
            identityOptions, cache: try daemon.configuration.read(CacheOptions.self).makeCache(), clock: daemon.clock,
            logger: daemon.logger)
        daemon.serve(
            RPCServer(broker, topic: IdentityTopic.self, handlers: identity.handlers, logger: daemon.logger))
        daemon.serve(
            APIServer(
                options: api,
                service: placementAPI(PlacementStore(database: database), identityURL: identityOptions.authURL),
                authenticator: identity, policy: try PolicyEngine(rules: PlacementPolicies.all, file: api.policyFile),
                defaultPort: 8778, ids: daemon.ids, clock: daemon.clock, logger: daemon.logger))
        let client = RPCClient(broker, clock: daemon.clock)
        let heartbeat = Reconciler("heartbeat", every: .seconds(10), logger: daemon.logger) {
            try await client.cast(
                ReportService(host: daemon.host, binary: "nova-scheduler"), RequestContext.system(daemon.ids))
        }
        daemon.serve("heartbeat") { try await heartbeat.run() }
        daemon.serve("purge-selections") { try await purge.run() }
    }
}
