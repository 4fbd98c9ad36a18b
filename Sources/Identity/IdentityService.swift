import Caching
package import Core
package import Database
import FoundationEssentials
import Glibc
import IdentityClient
package import Logging
import Messaging
import Notifications
package import Runtime
import WebAPI
import Workflow

/// The identity daemon: Keystone's v3 API.
package enum IdentityService {
    package static let optionGroups: [any OptionGroup.Type] = [
        DatabaseOptions.self, MessagingOptions.self, APIServerOptions.self, FernetTokenOptions.self,
        CredentialOptions.self, AuthMethodOptions.self, TokenOptions.self, JWTTokenOptions.self, PasswordOptions.self,
        SecurityComplianceOptions.self, DirectoryOptions.self,
        TOTPOptions.self, ReceiptOptions.self, OAuthOptions.self, FederationOptions.self, UnifiedLimitOptions.self,
        AssignmentOptions.self, AuditOptions.self, IdentityNotificationOptions.self, NotificationDriverOptions.self,
        NotificationTopicOptions.self, NotificationQueueOptions.self,
        // Not used here, where the database decides; accepted so that all daemons can share a drop-in file.
        CacheOptions.self,
    ]

    package static func start(_ daemon: DaemonEnvironment) async throws {
        let configuration = daemon.configuration
        let database = try await Database(try configuration.read(DatabaseOptions.self), logger: daemon.logger)
        try await Migrator.check(database, service: "identity", identityMigrations)

        let broker = AMQPBroker(
            try configuration.read(MessagingOptions.self), logger: daemon.logger)
        daemon.serve("messaging") { try await broker.run() }
        let rpc = RPCClient(broker)
        let logger = daemon.logger
        let ids = daemon.ids

        let env = try IdentityEnvironment.make(
            configuration: configuration, database: database, clock: daemon.clock, ids: ids, logger: logger,
            notices: try notices(daemon, database, broker)
        ) { event in
            do {
                try await rpc.fanout(TokenRevoked(event), RequestContext.system(ids))
            } catch {
                // The next beats tell that there was one; the database is what decides.
                logger.warning("A revocation could not be announced", metadata: ["error": "\(error)"])
            }
        }
        try await env.directories.load(env)
        if env.directories.isOn {
            let loading = Reconciler("read domains' directories", every: .seconds(5), logger: logger) {
                try await env.directories.load(env)
            }
            daemon.serve("read domains' directories") { try await loading.run() }
        }
        daemon.check("database") { _ = try await database.query("SELECT 1 AS one") }

        let api = try configuration.read(APIServerOptions.self)
        daemon.serve(
            APIServer(
                options: api, service: IdentityAPI.description(env), authenticator: IdentityAuthenticator(env),
                policy: try PolicyEngine(rules: IdentityPolicies.all, file: api.policyFile), defaultPort: 5000,
                ids: ids, clock: daemon.clock, logger: logger))
        let keys = try configuration.read(FernetTokenOptions.self)
        try keys.check(env.tokenOptions)
        if keys.rotationInterval != nil {
            let rotation = Reconciler("rotate token keys", every: .seconds(30), logger: logger) {
                try await TokenKeyRotation(env, keys).run()
            }
            daemon.serve("rotate token keys") { try await rotation.run() }
        }
        let purge = Reconciler("purge revocation events", every: .seconds(300), logger: logger) {
            try await TokenService(env).purgeEvents()
            try await OAuthService(env).purge()
            try await GroupService(env).purge()
            try await env.purgeAudit()
        }
        daemon.serve("purge revocation events") { try await purge.run() }
        let beat = Reconciler("revocation beat", every: RevocationBeat.interval, logger: logger) {
            do {
                let at = daemon.clock.now()
                let sequence = try await env.readNewestRevocation()
                try await rpc.fanout(RevocationBeat(sequence: sequence, at: at), RequestContext.system(ids))
            } catch let error as ServiceError {
                // Whoever misses beats asks identity about every token.
                logger.debug("No beat", metadata: ["error": "\(error.debugDescription)"])
            }
        }
        daemon.serve("revocation beat") { try await beat.run() }
    }

    /// What is told goes out by signal; by timer what another daemon left when it died.
    private static func notices(
        _ daemon: DaemonEnvironment, _ database: Database, _ broker: AMQPBroker
    ) throws -> IdentityNotices {
        let configuration = daemon.configuration
        let relay = NotificationRelay(
            database: database, broker: broker, owner: "\(daemon.host):\(getpid())",
            to: NotificationRelay.Destination(
                exchange: IdentityNotices.exchange,
                topics: try configuration.read(NotificationTopicOptions.self).topics,
                isDurable: try configuration.read(NotificationQueueOptions.self).isDurable), clock: daemon.clock)
        let publishing = Reconciler("notifications", every: .seconds(5), logger: daemon.logger) {
            try await relay.drain()
        }
        daemon.serve("notifications") { try await publishing.run() }
        let isTelling = try configuration.read(NotificationDriverOptions.self).isOn
        let options = try configuration.read(IdentityNotificationOptions.self)
        return IdentityNotices(
            isTelling ? options : nil, daemonHost: daemon.host, ids: daemon.ids, committed: { publishing.signal() })
    }
}

extension IdentityEnvironment {
    /// Built from the daemon's configuration, for the daemon and for the operators' tool.
    package static func make(
        configuration: Configuration, database: Database, clock: WallClock, ids: IDGenerator, logger: Logger,
        notices: IdentityNotices = .off,
        announce: @escaping @Sendable (RevocationEvent) async -> Void
    ) throws -> IdentityEnvironment {
        let passwords = try configuration.read(PasswordOptions.self)
        let settings = try IdentitySettings(configuration)
        let signed = try configuration.read(JWTTokenOptions.self)
        let format: (any TokenFormat)? =
            switch settings.tokens.provider {
            case .fernet: nil
            case .jws: try JWSTokens(signed.folders, clock: clock, logger: logger)
            }
        return IdentityEnvironment(
            database: database,
            passwords: try PasswordHasher(
                scheme: passwords.scheme, threads: passwords.threads, maximumQueue: passwords.maximumQueue),
            tokenKeys: try FernetKeyRing(
                folder: try configuration.read(FernetTokenOptions.self).folder, clock: clock, logger: logger),
            credentialKeys: try FernetKeyRing(
                folder: try configuration.read(CredentialOptions.self).folder, clock: clock, logger: logger),
            tokenFormat: format, settings: settings, clock: clock, ids: ids, logger: logger,
            notices: notices, announce: announce)
    }
}

extension TokenRevoked {
    init(_ event: RevocationEvent) {
        self.init(
            auditID: event.auditID, auditChainID: event.auditChainID, userID: event.userID,
            projectID: event.projectID, domainID: event.domainID, trustID: event.trustID?.rawValue,
            applicationCredentialID: event.applicationCredentialID?.rawValue, issuedBefore: nil,
            sequence: event.sequence)
    }
}
