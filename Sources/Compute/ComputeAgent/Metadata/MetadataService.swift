import ComputeModel
import Core
import Logging
import Virt

/// Serves metadata on every network that has guests here: a namespace and a proxy for each.
actor MetadataService: MetadataServing {
    private let driver: any Hypervisor
    private let ports: any MetadataPorts
    private let files: HostFiles
    private let bridge: String
    private let proxy: MetadataProxy
    private let logger: Logger
    private var listeners: [NetworkID: MetadataProxy.Listener] = [:]
    /// Networks whose last attempt failed.
    private var failed: Set<NetworkID> = []
    /// One change at a time: starting suspends, and a second start of the same network must wait.
    private let turn = Gate(1)

    init(
        driver: any Hypervisor, ports: any MetadataPorts, files: HostFiles, bridge: String, proxy: MetadataProxy,
        logger: Logger
    ) {
        self.driver = driver
        self.ports = ports
        self.files = files
        self.bridge = bridge
        self.proxy = proxy
        self.logger = logger
    }

    func serve(_ nics: [NICSpec]) async {
        await turn.pass {
            for network in Set(nics.map(\.network)) { await start(network) }
        }
    }

    func refresh() async {
        await turn.pass {
            do {
                let wanted = Set(try await driver.guests().flatMap { $0.record.spec.nics.map(\.network) })
                failed = []
                for network in wanted { await start(network) }
                for network in listeners.keys where !wanted.contains(network) { await stop(network) }
                try await removeForgotten(keeping: wanted)
            } catch {
                logger.warning("metadata was not refreshed", metadata: ["error": "\(String(reflecting: error))"])
            }
        }
    }

    func retry() async {
        if !failed.isEmpty { await refresh() }
    }

    /// Ends all listeners; namespaces stay for the next start.
    func close() async {
        for listener in listeners.values { await listener.close() }
        listeners = [:]
    }

    private func start(_ network: NetworkID) async {
        guard listeners[network] == nil, isUUIDLike(network.rawValue) else { return }
        do {
            guard let port = try await ports.port(of: network) else {
                logger.debug("the network has no metadata port", metadata: [LogKey.network: "\(network)"])
                return
            }
            let namespace = MetadataNamespace(network: network, bridge: bridge)
            try await namespace.ensure(port, files)
            listeners[network] = try await proxy.listen(on: try await namespace.listen(files), network: network)
            logger.info("metadata is served", metadata: [LogKey.network: "\(network)"])
        } catch {
            failed.insert(network)
            logger.warning(
                "metadata is not served",
                metadata: [LogKey.network: "\(network)", "error": "\(String(reflecting: error))"])
        }
    }

    private func stop(_ network: NetworkID) async {
        await listeners.removeValue(forKey: network)?.close()
        do {
            try await MetadataNamespace(network: network, bridge: bridge).remove(files)
        } catch {
            logger.warning(
                "a metadata namespace was not removed",
                metadata: [LogKey.network: "\(network)", "error": "\(String(reflecting: error))"])
        }
    }

    /// Namespaces of an earlier run whose networks have no guests any more. Their names have the beginning of
    /// the network's id only, which is all that their parts are named by.
    private func removeForgotten(keeping wanted: Set<NetworkID>) async throws {
        let kept = Set(wanted.map { MetadataNamespace(network: $0, bridge: bridge).name })
        for name in try await files.list("/run/netns") {
            guard name.hasPrefix(MetadataNamespace.prefix), !kept.contains(name) else { continue }
            let network = NetworkID(String(name.dropFirst(MetadataNamespace.prefix.count)))
            try await MetadataNamespace(network: network, bridge: bridge).remove(files)
        }
    }
}
