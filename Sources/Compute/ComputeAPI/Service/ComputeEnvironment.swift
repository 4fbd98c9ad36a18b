import ComputeModel
package import ComputeStore
package import Core
package import Database
package import Logging
package import Messaging

/// What compute-api's operations work with.
package struct ComputeEnvironment: Sendable {
    package let database: Database
    package let rpc: RPCClient
    package let images: ImageClient
    package let networks: NetworkClient
    package let volumes: VolumeClient
    package let options: ComputeOptions
    package let quotas: QuotaOptions
    package let ids: IDGenerator
    package let clock: WallClock
    package let logger: Logger
    /// Notifications of servers.
    package let notices: ServerNotices

    package init(
        database: Database, rpc: RPCClient, images: ImageClient, networks: NetworkClient, volumes: VolumeClient,
        options: ComputeOptions, quotas: QuotaOptions, ids: IDGenerator, clock: WallClock, logger: Logger,
        notices: ServerNotices = .off
    ) {
        self.database = database
        self.rpc = rpc
        self.images = images
        self.networks = networks
        self.volumes = volumes
        self.options = options
        self.quotas = quotas
        self.ids = ids
        self.clock = clock
        self.logger = logger
        self.notices = notices
    }

    /// Tells the conductors that there is work. Only advice: they look by themselves as well, so a request that
    /// is in the database does not wait until the broker is back.
    func wakeConductors(_ context: RequestContext) async {
        let logger = logger.with(context)
        let failed: @Sendable (any Error) -> Void = { error in
            logger.debug("conductors not woken", metadata: ["error": "\(describeError(error))"])
        }
        do {
            try await rpc.advise(WakeConductor(), context, failed)
        } catch {
            failed(error)
        }
    }
}

extension ComputeEnvironment {
    /// Tells what compute-api did to a server itself.
    func tell(
        _ event: String, of server: ServerID, _ context: RequestContext, in transaction: Transaction
    ) throws {
        guard notices.isOn, let row = try ServerStore.find(server, in: transaction) else { return }
        var notice = ServerNotice(event, nil, context)
        notice.source = .api
        try notices.write(notice, of: row, in: transaction)
    }
}
