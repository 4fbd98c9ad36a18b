import ComputeModel
package import ComputeStore
package import Core
package import Database
package import Logging
import Workflow

/// What the sagas' steps work with.
package struct ConductorEnvironment: Sendable {
    package var database: Database
    package var placement: any Placement
    package var network: any NetworkClient
    package var volumes: any VolumeClient
    package var images: any ImageClient
    package var agents: any Agents
    package var sagas: any SagaControl
    package var clock: WallClock
    package var ids: IDGenerator
    package var logger: Logger
    /// Notifications of servers.
    package var notices: ServerNotices

    package init(
        database: Database, placement: any Placement, network: any NetworkClient, volumes: any VolumeClient,
        images: any ImageClient, agents: any Agents, sagas: any SagaControl, clock: WallClock = .system,
        ids: IDGenerator = .random, logger: Logger, notices: ServerNotices = .off
    ) {
        self.database = database
        self.placement = placement
        self.network = network
        self.volumes = volumes
        self.images = images
        self.agents = agents
        self.sagas = sagas
        self.clock = clock
        self.ids = ids
        self.logger = logger
        self.notices = notices
    }
}

extension ConductorEnvironment {
    /// A server that is not deleted.
    func server(_ id: ServerID) async throws -> Server {
        guard let server = try await ServerStore.find(id, in: database), server.deletedAt == nil else {
            throw ServiceError(.notFound, "Server \(id) does not exist any more.")
        }
        return server
    }

    /// The server's row when it is there, deleted or not.
    func anyServer(_ id: ServerID) async throws -> Server? { try await ServerStore.find(id, in: database) }

    /// A ticket for a command that this step sends.
    func ticket(_ run: SagaRun, _ step: String, order: Int64) -> StepTicket {
        StepTicket(saga: run.id, step: step, order: order, generation: run.generation)
    }

    func begin(_ event: String, _ server: ServerID, host: String?, _ run: SagaRun) async throws {
        try await ServerActionStore.beginEvent(
            event, of: server, request: run.context.requestID, host: host, at: clock.now(), in: database)
    }

    /// Notes an event's end, with the reason when it failed.
    func finish(_ event: String, _ server: ServerID, _ run: SagaRun, error: String? = nil) async throws {
        try await ServerActionStore.finishEvent(
            event, of: server, request: run.context.requestID, error: error, at: clock.now(), in: database)
        try await database.execute(
            """
            UPDATE server_actions SET finished_at = \(clock.now()), updated_at = \(clock.now())
            WHERE server_id = \(server) AND request_id = \(run.context.requestID) AND finished_at IS NULL
            """)
    }

    /// Whether the host's agent has been heard of lately.
    func isUp(_ host: String) async throws -> Bool {
        let row = try await database.first(
            "SELECT * FROM services WHERE host = \(host) AND `binary` = 'nova-compute'")
        return try row.map { try ComputeService($0).isUp(at: clock.now()) } ?? false
    }

    /// Looks at the network service again and keeps what the API shows of the server's addresses.
    func refreshAddresses(of server: ServerID, _ context: RequestContext) async throws {
        let ports = try await network.interfaces(of: server, context)
        let order = try await ServerInterfaceStore.list(of: server, in: database).compactMap(\.port)
        let sorted = ports.sorted { left, right in
            (order.firstIndex(of: left.nic.port) ?? .max, left.nic.port) < (
                order.firstIndex(of: right.nic.port) ?? .max, right.nic.port
            )
        }
        try await ServerStore.setNetworkInfo(sorted.map(\.info), of: server, at: clock.now(), in: database)
    }
}
