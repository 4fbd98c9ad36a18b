import AsyncHTTPClient
package import Core
import IdentityClient
import Logging
import Messaging
import NIOPosix
import OVSDB
package import Runtime
import Virt

/// The compute-agent daemon: one hypervisor host's guests.
package enum AgentService {
    package static let optionGroups: [any OptionGroup.Type] = [
        MessagingOptions.self, IdentityOptions.self, AgentOptions.self, LibvirtOptions.self, MetadataOptions.self,
        OpenVSwitchOptions.self,
    ]

    package static func start(_ daemon: DaemonEnvironment) async throws {
        let configuration = daemon.configuration
        let options = try configuration.read(AgentOptions.self)
        let libvirt = try configuration.read(LibvirtOptions.self)
        let metadataOptions = try configuration.read(MetadataOptions.self)
        let broker = AMQPBroker(
            try configuration.read(MessagingOptions.self), name: daemon.name, logger: daemon.logger)
        let identity = try IdentityClient(
            try configuration.read(IdentityOptions.self), clock: daemon.clock, logger: daemon.logger)
        let http = HTTPClient(eventLoopGroupProvider: .singleton)

        let host = AgentHost(
            host: daemon.host, options: options, clock: ContinuousClock(), wallClock: daemon.clock,
            logger: daemon.logger)
        try await host.prepare()
        let nodeID = try await host.nodeID(daemon.ids)
        let hypervisor = try await HypervisorChoice.make(options, libvirt, bridge: metadataOptions.bridge, host)
        let driver = hypervisor.driver

        let metadata: any MetadataServing
        if metadataOptions.enabled, options.driver == .libvirt {
            let ports = RemoteMetadataPorts(session: ServiceSession(identity: identity, service: "network"))
            let forwarding = MetadataForwarding(
                apiURL: metadataOptions.apiURL, secret: metadataOptions.sharedSecret,
                owners: MetadataOwners(ports: ports, clock: daemon.clock),
                limiter: RateLimiter(
                    perSecond: Double(metadataOptions.requestsPerSecond), burst: metadataOptions.burst),
                http: http, clock: daemon.clock)
            metadata = MetadataService(
                driver: driver, ports: ports, files: host.files, bridge: metadataOptions.bridge,
                proxy: MetadataProxy(
                    forwarding: forwarding, group: .singletonMultiThreadedEventLoopGroup, logger: daemon.logger),
                logger: daemon.logger)
        } else {
            metadata = NoMetadata()
        }

        let agent = Agent(
            host: host, driver: driver, defaults: hypervisor.defaults, client: RPCClient(broker, ids: daemon.ids),
            images: RemoteImages(session: ServiceSession(identity: identity, service: "image")),
            volumes: RemoteVolumes(
                session: ServiceSession(identity: identity, service: "block-storage"), host: daemon.host,
                hostIP: options.hostIP),
            metadata: metadata, interfaces: try interfaces(options, daemon))

        daemon.check("messaging") { try broker.checkConnected() }
        daemon.check("hypervisor") { try await driver.checkReachable() }
        daemon.serve(broker)
        daemon.serve("hypervisor") { try await hypervisor.run() }
        agent.serve(in: daemon, broker: broker, nodeID: nodeID)
        daemon.serve("http client") {
            do { try await ContinuousClock().sleep(for: .seconds(1 << 40)) } catch is CancellationError {}
            if let metadata = metadata as? MetadataService { await metadata.close() }
            try await http.shutdown()
            try await identity.shutdown()
        }
    }

    private static func interfaces(
        _ options: AgentOptions, _ daemon: DaemonEnvironment
    ) throws -> any GuestInterfaces {
        let openVSwitch = try daemon.configuration.read(OpenVSwitchOptions.self)
        guard options.driver == .libvirt else { return NoInterfaces() }
        let database = OVSDBClient(
            OpenVSwitchInterfaces.options(try OVSDBRemote(openVSwitch.database)), logger: daemon.logger)
        daemon.serve("open-vswitch") { try await database.run() }
        return OpenVSwitchInterfaces(database: database)
    }
}
