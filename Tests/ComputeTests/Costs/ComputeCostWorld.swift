import AsyncHTTPClient
import ComputeModel
import Core
import Database
import FoundationEssentials
import IdentityClient
import Logging
import Messaging
import SchedulerModel
import TestSupport
import WebAPI

@testable import ComputeAPI
@testable import ComputeStore

/// compute-api on a fresh database with `size` of everything and of everything that hangs on it, beside a
/// stand-in for the other services and an agent that answers.
struct ComputeCostWorld: Sendable {
    let size: Int
    let env: ComputeEnvironment
    let cloud: StandInCloud
    let ids: IDGenerator
    /// A server with `size` of all that a server has.
    let server: ServerID
    let networks: [String]
    let groups: [String]
    let image: String

    static func run(
        _ size: Int, _ body: @escaping @Sendable (ComputeCostWorld, LocalAPI) async throws -> Void
    ) async throws {
        try await StandInCloud.run { cloud in
            try await TestServices.withDatabase(service: "compute", migrations: computeMigrations) { database in
                let broker = InMemoryBroker()
                let env = try environment(database, broker, cloud)
                let world = try await ComputeCostWorld(size, env, cloud)
                let api = LocalAPI(
                    ComputeAPI.description(env, identityURL: "http://identity.test/v3"),
                    authenticator: SampleAuthenticator(), policy: try PolicyEngine(rules: ComputePolicy.all),
                    logger: env.logger)
                let agent = RPCServer(
                    broker, topic: ComputeTopic.self, instance: "host0", handlers: agentHandlers, logger: env.logger)
                let scheduler = RPCServer(
                    broker, topic: SchedulerTopic.self, handlers: schedulerHandlers, logger: env.logger)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await agent.run() }
                    tasks.addTask { try await scheduler.run() }
                    tasks.addTask { try await body(world, api) }
                    _ = try await tasks.next()
                    tasks.cancelAll()
                }
            }
        }
    }

    private static func environment(
        _ database: Database, _ broker: InMemoryBroker, _ cloud: StandInCloud
    ) throws -> ComputeEnvironment {
        let unlimited = ["instances", "cores", "ram", "key_pairs", "server_groups", "server_group_members"]
        let configuration = try Configuration(text: "[quota]\n" + unlimited.map { "\($0) = -1\n" }.joined())
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let identity = try IdentityClient(
            IdentityOptions(authURL: "\(cloud.url)/v3", username: "nova", password: Secret("x")), http: .shared,
            logger: logger)
        return ComputeEnvironment(
            database: database, rpc: RPCClient(broker),
            images: ImageClient(ServiceSession(identity: identity, service: "image")),
            networks: NetworkClient(ServiceSession(identity: identity, service: "network")),
            volumes: VolumeClient(ServiceSession(identity: identity, service: "block-storage")),
            options: try configuration.read(), quotas: try configuration.read(), ids: .counting(),
            clock: ManualClock(tick: .milliseconds(1)).clock, logger: logger)
    }

    private static var agentHandlers: RPCHandlers {
        var handlers = RPCHandlers()
        handlers.on(ConsoleOutput.self) { _, _ in ConsoleOutput.Reply(output: "login:") }
        handlers.on(ServerDiagnostics.self) { _, _ in
            ServerDiagnostics.Reply(
                powerState: .running, driver: "libvirt", hypervisor: "qemu", uptimeSeconds: 1, configDrive: false,
                cpus: [], memoryMaximumMiB: 512, memoryUsedMiB: 512, disks: [], nics: [])
        }
        return handlers
    }

    private static var schedulerHandlers: RPCHandlers {
        var handlers = RPCHandlers()
        handlers.on(ForgetHost.self) { _, _ in RPCNothing() }
        return handlers
    }

    private init(_ size: Int, _ env: ComputeEnvironment, _ cloud: StandInCloud) async throws {
        self.size = size
        self.env = env
        self.cloud = cloud
        let ids = env.ids
        self.ids = ids
        networks = (0..<size).map { _ in ids.uuid() }
        groups = (0..<size).map { _ in ids.uuid() }
        image = ids.uuid()
        server = ServerID(ids.uuid())
        fillCloud()
        try await fillHosts()
        try await fillFlavors()
        var servers = [server] + (1..<size).map { _ in ServerID(ids.uuid()) }
        try await insert(servers, .active)
        servers.append(try await fresh(.error))
        try await fillGroups(servers)
        // Logs the service in, so that no request is charged with that.
        _ = try await env.networks.list("networks", [("id", "none")], .system())
    }

    // MARK: What there is

    private func fillCloud() {
        for (index, network) in networks.enumerated() {
            cloud.add(
                "networks",
                [
                    "id": .string(network), "name": .string("net\(index)"), "project_id": "p",
                    "shared": false, "admin_state_up": true, "router:external": false, "subnets": ["s"],
                ])
        }
        for (index, group) in groups.enumerated() {
            let rules = groups.map { remote in
                [
                    "id": .string(ids.uuid()), "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp",
                    "remote_group_id": .string(remote), "project_id": "p",
                ] as JSONValue
            }
            cloud.add(
                "security-groups",
                [
                    "id": .string(group), "name": .string("group\(index)"), "project_id": "p",
                    "security_group_rules": .array(rules),
                ])
        }
        cloud.add("subnets", ["id": "s", "network_id": .string(networks[0]), "ip_version": 4])
        cloud.add(
            "images",
            [
                "id": .string(image), "name": "image", "status": "active", "owner": "p", "visibility": "public",
                "disk_format": "qcow2", "container_format": "bare", "size": 1, "min_disk": 0, "min_ram": 0,
            ])
    }

    private func fillHosts() async throws {
        for index in 0..<size {
            let host = "host\(index)"
            try await HostStore.seen(
                host: host, binary: "nova-compute", newID: ids.uuid(), at: env.clock.now(), in: env.database)
            try await HostStore.report(
                HostReport(
                    host: host, node: host, nodeID: ids.uuid(), hostIP: "192.0.2.1", hypervisorType: "QEMU",
                    hypervisorVersion: 8_000_000, vcpus: 4, memoryMiB: 8192, diskGiB: 100),
                at: env.clock.now(), in: env.database)
        }
        for index in 0..<size {
            let aggregate = try await AggregateStore.insert(
                name: "aggregate\(index)", uuid: ids.uuid(), metadata: ["availability_zone": "zone\(index)"],
                at: env.clock.now(), in: env.database)
            for host in 0..<size { try await AggregateStore.addHost("host\(host)", to: aggregate, in: env.database) }
        }
    }

    private func fillFlavors() async throws {
        for index in 0..<size { try await insertFlavor("flavor\(index)", isPublic: true) }
        try await insertFlavor("private", isPublic: false)
        for index in 0..<size {
            try await FlavorStore.grant(FlavorID("private"), to: ProjectID("project\(index)"), in: env.database)
            try await insertKeypair("key\(index)")
        }
    }

    private func fillGroups(_ servers: [ServerID]) async throws {
        let now = env.clock.now()
        for index in 0..<size {
            let group = ServerGroup(
                id: ids.uuid(), project: ID("p"), user: ID("u"), name: "group\(index)", policy: "affinity", rules: [:])
            try await env.database.transaction("test") { transaction in
                try ServerGroupStore.insert(group, at: now, in: transaction)
                try ServerGroupStore.add(servers, to: group.id, in: transaction)
            }
        }
    }

    // MARK: For single requests

    func insertFlavor(_ id: String, isPublic: Bool = true) async throws {
        try await FlavorStore.insert(
            Flavor(
                id: FlavorID(id), name: id, vcpus: 1, memoryMiB: 64, rootGiB: 1, isPublic: isPublic,
                extraSpecs: numbered("spec"), createdAt: env.clock.now()), in: env.database)
    }

    func insertKeypair(_ name: String) async throws {
        let keypair = Keypair(
            user: ID("u"), name: name, type: "ssh", fingerprint: "aa", publicKey: "ssh-rsa AAAA",
            createdAt: env.clock.now())
        try await env.database.transaction("test") { try KeypairStore.insert(keypair, in: $0) }
    }

    func group() async throws -> String {
        let group = ServerGroup(
            id: ids.uuid(), project: ID("p"), user: ID("u"), name: "one", policy: "affinity", rules: [:])
        let now = env.clock.now()
        try await env.database.transaction("test") { try ServerGroupStore.insert(group, at: now, in: $0) }
        return group.id
    }

    /// `size` members: `PREFIX0`, `PREFIX1` …
    func numbered(_ prefix: String) -> [String: String] {
        Dictionary(names(prefix).map { ($0, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func names(_ prefix: String) -> [String] { (0..<size).map { "\(prefix)\($0)" } }

    /// A server of its own, with `size` of all that a server has.
    func fresh(_ state: VMState = .active) async throws -> ServerID {
        let id = ServerID(ids.uuid())
        try await insert([id], state)
        return id
    }

    /// A port of the project that is nobody's.
    func port() -> String {
        let id = ids.uuid()
        addPort(id, device: "", network: networks[0])
        return id
    }

    func volume() -> String {
        let id = ids.uuid()
        cloud.add("volumes", ["id": .string(id), "status": "available", "size": 1, "multiattach": false])
        return id
    }

    /// The id of the port of a server on the network of that index.
    func port(of server: ServerID, _ index: Int = 0) async throws -> String {
        try await ServerInterfaceStore.list(of: server, in: env.database)[index].port?.rawValue ?? ""
    }

    func volume(of server: ServerID) async throws -> String {
        try await BlockDeviceStore.list(of: [server], in: env.database).compactMap(\.volume).first?.rawValue ?? ""
    }

    private func addPort(_ id: String, device: String, network: String) {
        cloud.add(
            "ports",
            [
                "id": .string(id), "device_id": .string(device), "network_id": .string(network), "project_id": "p",
                "mac_address": "fa:16:3e:00:00:01", "status": "ACTIVE",
                "fixed_ips": [["subnet_id": "s", "ip_address": "10.0.0.9"]],
                "security_groups": .array(groups.map { .string($0) }),
            ])
    }

    private func insert(_ new: [ServerID], _ state: VMState) async throws {
        let now = env.clock.now()
        let rows = new.map { sampleServer($0.rawValue, project: "p") }
        let devices = new.flatMap { server in
            (0..<size).map { index in
                var device = BlockDevice(
                    id: ids.uuid(), server: server, source: .volume, destination: .volume, state: .attached)
                device.volume = VolumeID(ids.uuid())
                device.attachment = AttachmentID(ids.uuid())
                device.deviceName = ServerNames.disk(index + 1)
                return device
            }
        }
        let interfaces = new.flatMap { server in
            (0..<size).map { index in
                var interface = ServerInterface(id: ids.uuid(), server: server, position: index, state: .attached)
                interface.network = NetworkID(networks[index])
                interface.port = PortID(ids.uuid())
                return interface
            }
        }
        for interface in interfaces {
            addPort(
                interface.port?.rawValue ?? "", device: interface.server.rawValue,
                network: interface.network?.rawValue ?? "")
        }
        let info = networks.enumerated().map { index, network in
            InterfaceInfo(
                port: PortID(ids.uuid()), mac: "fa:16:3e:00:00:01", network: NetworkID(network),
                networkName: "net\(index)", addresses: [.init(address: "10.0.0.9", version: 4)])
        }
        let (tags, metadata) = (names("tag"), numbered("key"))
        let requests = (0..<size).map { RequestContext(requestID: "req-\($0)", userID: ID("u"), projectID: ID("p")) }
        try await env.database.transaction("test") { transaction in
            try ServerStore.insert(rows, in: transaction)
            try ServerMetadataStore.set(metadata, of: new, in: transaction)
            try ServerTagStore.add(tags, to: new, in: transaction)
            try BlockDeviceStore.insert(devices, at: now, in: transaction)
            try ServerInterfaceStore.insert(interfaces, at: now, in: transaction)
            for context in requests {
                try ServerActionStore.begin(.create, on: new, context, at: now, in: transaction)
            }
            try transaction.execute(
                """
                UPDATE servers SET vm_state = \(state), task_state = NULL, host = 'host0', node = 'host0',
                    zone = 'zone0', network_info = \(try jsonColumn(info))
                WHERE id IN \(anyOf: new)
                """)
            for id in new where state == .error {
                try ServerStore.record(ServerFault(message: "broken"), of: id, at: now, in: transaction)
            }
        }
    }
}
