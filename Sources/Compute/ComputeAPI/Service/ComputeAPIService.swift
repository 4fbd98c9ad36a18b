import Caching
import ComputeStore
package import Core
import Database
import IdentityClient
import Messaging
import Notifications
package import Runtime
import WebAPI

/// The Compute API and the metadata service.
package enum ComputeAPIService {
    package static let optionGroups: [any OptionGroup.Type] = [
        APIServerOptions.self, ComputeOptions.self, QuotaOptions.self, MetadataOptions.self, DatabaseOptions.self,
        MessagingOptions.self, CacheOptions.self, IdentityOptions.self,
        NotificationOptions.self, NotificationDriverOptions.self,
    ]

    package static func start(_ env: DaemonEnvironment) async throws {
        let configuration = env.configuration
        let database = try await Database(configuration.read(DatabaseOptions.self), logger: env.logger)
        try await Migrator.check(database, service: "compute", computeMigrations)
        env.check("database") { _ = try await database.first("SELECT 1 AS one") }

        let broker = AMQPBroker(try configuration.read(MessagingOptions.self), name: env.name, logger: env.logger)
        env.serve(broker)
        let identityOptions: IdentityOptions = try configuration.read()
        let identity = try IdentityClient(
            identityOptions, cache: configuration.read(CacheOptions.self).makeCache(),
            clock: env.clock, logger: env.logger)
        env.serve(
            RPCServer(
                broker, topic: IdentityTopic.self, instance: nil, handlers: identity.handlers, logger: env.logger))

        let isTelling = try configuration.read(NotificationDriverOptions.self).isOn
        let notifications = try configuration.read(NotificationOptions.self)
        let environment = ComputeEnvironment(
            database: database, rpc: RPCClient(broker, ids: env.ids),
            images: ImageClient(ServiceSession(identity: identity, service: "image")),
            networks: NetworkClient(ServiceSession(identity: identity, service: "network")),
            volumes: VolumeClient(ServiceSession(identity: identity, service: "block-storage")),
            options: try configuration.read(), quotas: try configuration.read(), ids: env.ids, clock: env.clock,
            logger: env.logger,
            notices: ServerNotices(
                isTelling ? notifications : nil, daemonHost: env.host, ids: env.ids, clock: env.clock))
        let api: APIServerOptions = try configuration.read()
        env.serve(
            APIServer(
                options: api,
                service: ComputeAPI.description(environment, identityURL: identityOptions.authURL),
                authenticator: identity, policy: try PolicyEngine(rules: ComputePolicy.all, file: api.policyFile),
                defaultPort: 8774, ids: env.ids, clock: env.clock, logger: env.logger))

        let metadata: MetadataOptions = try configuration.read()
        if metadata.port != 0 {
            env.serve(try MetadataServer.make(database: database, options: metadata, api: api, logger: env.logger))
        }
    }
}
