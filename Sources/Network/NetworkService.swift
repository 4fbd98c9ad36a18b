import Caching
package import Core
import Database
import IdentityClient
import Logging
import Messaging
import OVSDB
package import Runtime
import WebAPI

/// The network daemon: the Networking API, and OVN made to follow it.
package enum NetworkService {
    package static let optionGroups: [any OptionGroup.Type] = [
        APIServerOptions.self, DatabaseOptions.self, MessagingOptions.self, CacheOptions.self, IdentityOptions.self,
        NetworkOptions.self, QuotaOptions.self, OVNOptions.self,
    ]

    package static func start(_ daemon: DaemonEnvironment) async throws {
        let options = try daemon.configuration.read(NetworkOptions.self)
        let ovn = try daemon.configuration.read(OVNOptions.self)
        let database = try await Database(try daemon.configuration.read(DatabaseOptions.self), logger: daemon.logger)
        try await Migrator.check(database, service: "network", networkMigrations)
        let identityOptions = try daemon.configuration.read(IdentityOptions.self)
        let identity = try IdentityClient(
            identityOptions, cache: try daemon.configuration.read(CacheOptions.self).makeCache(), clock: daemon.clock,
            logger: daemon.logger)
        let broker = AMQPBroker(
            try daemon.configuration.read(MessagingOptions.self), name: daemon.name, logger: daemon.logger)
        let northbound = OVSDBClient(
            try ovn.northboundFiles.connection(ovn.northbound, database: "OVN_Northbound", tables: OVNTables.monitored),
            logger: daemon.logger)
        let southbound = OVSDBClient(
            try ovn.southboundFiles.connection(ovn.southbound, database: "OVN_Southbound", tables: [OVNTables.chassis]),
            logger: daemon.logger)
        let notifier = ComputeNotifier(
            database: database, session: ServiceSession(identity: identity, service: "compute"),
            lookout: ovn.lookoutInterval, clock: daemon.clock, logger: daemon.logger)
        let driver = OVNDriver(
            database: database, northbound: northbound, southbound: southbound, options: options, ovn: ovn,
            clock: daemon.clock, logger: daemon.logger, portsChanged: { notifier.wake() })
        let watcher = OVNWatcher(
            northbound: northbound, southbound: southbound, driver: driver, events: notifier, database: database,
            clock: daemon.clock, logger: daemon.logger)
        let backend = NetworkBackend(
            database: database, ids: daemon.ids, clock: daemon.clock, options: options,
            quotas: try daemon.configuration.read(QuotaOptions.self)
        ) {
            driver.wake()
            notifier.wake()
        }
        let apiOptions = try daemon.configuration.read(APIServerOptions.self)
        let api = NetworkAPI(backend, southbound: southbound, identityURL: identityOptions.authURL)

        daemon.check("database") { _ = try await database.query("SELECT 1") }
        daemon.check("messaging") { try broker.checkConnected() }
        daemon.check("ovn") {
            guard await northbound.isConnected else {
                throw ServiceError(.unavailable, "OVN's northbound database is not reachable.")
            }
        }
        // Served first, so that it ends last: requests that finish still ask identity.
        daemon.serve("identity-client") {
            do { try await ContinuousClock().sleep(for: .seconds(1 << 40)) } catch is CancellationError {}
            try await identity.shutdown()
        }
        daemon.serve(broker)
        daemon.serve(
            RPCServer(broker, topic: IdentityTopic.self, handlers: identity.handlers, logger: daemon.logger))
        daemon.serve("ovn-northbound") { try await northbound.run() }
        daemon.serve("ovn-southbound") { try await southbound.run() }
        daemon.serve("ovn-driver") { try await driver.run() }
        daemon.serve("ovn-ports") { try await watcher.runNorthbound() }
        daemon.serve("ovn-hosts") { try await watcher.runSouthbound() }
        daemon.serve("compute-events") { try await notifier.run() }
        daemon.serve(
            APIServer(
                options: apiOptions, service: api.description, authenticator: identity,
                policy: try PolicyEngine(rules: api.policies, file: apiOptions.policyFile), defaultPort: 9696,
                ids: daemon.ids, clock: daemon.clock, logger: daemon.logger))
    }
}
