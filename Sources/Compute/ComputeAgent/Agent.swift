import ComputeModel
import Core
import Logging
import Messaging
import Runtime
import Virt

/// One host's agent, put together from its parts.
struct Agent: Sendable {
    let host: AgentHost
    let driver: any Hypervisor
    let defaults: GuestDefaults
    let handlers: AgentHandlers
    let conductor: ConductorReports
    let reconciliation: Reconciliation
    let locks: ServerLocks

    init(
        host: AgentHost, driver: any Hypervisor, defaults: GuestDefaults, client: RPCClient,
        images: any ImageSource, volumes: any VolumeService, metadata: any MetadataServing,
        interfaces: any GuestInterfaces = NoInterfaces()
    ) {
        self.host = host
        self.driver = driver
        self.defaults = defaults
        let (paths, files, options) = (host.paths, host.files, host.options)
        conductor = ConductorReports(client: client, host: host.host)
        locks = ServerLocks()
        let tombstones = Tombstones(paths: paths, files: files)
        let cache = ImageCache(
            paths: paths, files: files, source: images, limit: options.imageCacheLimit, logger: host.logger)
        let disks = GuestDisks(
            paths: paths, files: files, images: cache, conductor: conductor,
            rootFormat: defaults.virtType == .lxc ? .raw : options.rootDiskFormat)
        let operations = GuestOperations(
            driver: driver, disks: disks, volumes: VolumeConnector(service: volumes, driver: driver),
            builder: GuestBuilder(defaults: defaults, paths: paths), tombstones: tombstones, metadata: metadata,
            interfaces: interfaces, builds: Gate(options.concurrentBuilds), clock: host.clock,
            shutdownTimeout: options.shutdownTimeout,
            detachTimeout: options.detachTimeout, logger: host.logger)
        let runner = CommandRunner(
            driver: driver, locks: locks, tombstones: tombstones, conductor: conductor, clock: host.clock,
            logger: host.logger)
        handlers = AgentHandlers(
            runner: runner, operations: operations,
            snapshots: SnapshotTaker(driver: driver, paths: paths, files: files, images: images), driver: driver,
            paths: paths)
        reconciliation = Reconciliation(
            driver: driver, locks: locks, operations: operations, conductor: conductor, images: cache,
            tombstones: tombstones, paths: paths, files: files, wallClock: host.wallClock, logger: host.logger)
    }

    /// The agent's RPC server, for the topic `compute.HOST`.
    func server(_ broker: any MessageBroker) -> RPCServer {
        RPCServer(broker, topic: ComputeTopic.self, instance: host.host, handlers: handlers.rpc, logger: host.logger)
    }

    func heartbeat(nodeID: String) -> Heartbeat {
        Heartbeat(host, driver: driver, conductor: conductor, nodeID: nodeID, virtType: defaults.virtType)
    }

    /// Compares at start, on `signals`, and every so often.
    func reconcile(_ signals: AsyncStream<Void>) async throws {
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in signals { tick.yield() }
            }
            group.addTask {
                while true {
                    tick.yield()
                    try await host.clock.sleep(for: host.options.reconcileInterval)
                }
            }
            group.addTask {
                for await _ in ticks { await compare() }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func compare() async {
        do {
            try await reconciliation.runOnce()
        } catch is CancellationError {
            return
        } catch {
            host.logger.warning("guests were not compared", metadata: ["error": "\(String(reflecting: error))"])
        }
    }

    /// Registers all that runs.
    func serve(in daemon: DaemonEnvironment, broker: any MessageBroker, nodeID: String) {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let events = EventReporter(
            driver: driver, locks: locks, conductor: conductor, compare: { signal.yield() }, logger: host.logger)
        daemon.serve("events") { try await events.run() }
        daemon.serve("reconcile") { try await reconcile(signals) }
        daemon.serve("metadata") {
            while true {
                try await host.clock.sleep(for: .seconds(5))
                await handlers.operations.metadata.retry()
            }
        }
        let heartbeat = heartbeat(nodeID: nodeID)
        daemon.check("conductor") { try heartbeat.checkKnown() }
        daemon.serve("heartbeat") { try await heartbeat.run() }
        daemon.serve(server(broker))
    }
}
