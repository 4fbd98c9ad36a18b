import ComputeModel
import Core
import FoundationEssentials
import IdentityClient
import Logging
import Messaging
import NIOCore
import Virt

@testable import ComputeAgent

/// An agent with a hypervisor of the test's choice, an in-memory broker, and doubles of the services around it.
struct AgentFixture: Sendable {
    let agent: Agent
    let broker = InMemoryBroker()
    let conductor = TestConductor()
    let images: TestImages
    let volumes: TestVolumes
    let client: RPCClient
    let folder: String

    init(
        _ driver: any Hypervisor, image: [UInt8] = [UInt8](repeating: 7, count: 4096),
        interfaces: any GuestInterfaces = NoInterfaces()
    ) throws {
        folder = "/tmp/apus-agent-\(UUID().uuidString.prefix(8))"
        images = TestImages(image)
        volumes = TestVolumes()
        client = RPCClient(broker)
        let configuration = try Configuration(
            file: nil, environment: [:],
            overrides: ["compute_agent.state_path=\(folder)", "compute_agent.shutdown_timeout=1s"])
        let options = try configuration.read(AgentOptions.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let host = AgentHost(host: "host1", options: options, logger: logger)
        agent = Agent(
            host: host, driver: driver,
            defaults: GuestDefaults(
                virtType: .qemu, machine: .pc, cpuMode: .default, checksumOffload: false, diskCache: .writeback),
            client: client, images: images, volumes: volumes, metadata: NoMetadata(),
            interfaces: interfaces)
    }

    /// Runs `body` while the agent and the conductor serve, then removes the folder.
    func run(_ body: @Sendable @escaping () async throws -> Void) async throws {
        try await agent.host.prepare()
        let conductorServer = RPCServer(
            broker, topic: ConductorTopic.self, handlers: conductor.handlers, logger: agent.host.logger)
        let events = EventReporter(
            driver: agent.driver, locks: agent.locks, conductor: agent.conductor, compare: {},
            logger: agent.host.logger)
        do {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await conductorServer.run()
                    return false
                }
                group.addTask {
                    try await agent.server(broker).run()
                    return false
                }
                group.addTask {
                    try await events.run()
                    return false
                }
                group.addTask {
                    try await agent.driver.maintain()
                    return false
                }
                group.addTask {
                    try await body()
                    return true
                }
                while let isBody = try await group.next() {
                    if isBody { break }
                }
                group.cancelAll()
            }
        } catch {
            try await agent.host.files.removeFolder(folder)
            throw error
        }
        try await agent.host.files.removeFolder(folder)
    }

    /// Sends a command and gives its report.
    func order<Command: RPCCast>(
        _ command: Command, _ ticket: StepTicket, within limit: Duration = .seconds(20)
    ) async throws -> ReportStep {
        try await client.cast(command, at: "host1", .system())
        return try await conductor.report(ticket.saga, within: limit)
    }
}

extension StepTicket {
    /// A saga of its own with this order.
    static func test(_ order: Int64, generation: Int64 = 1) -> StepTicket {
        StepTicket(saga: UUID().uuidString, step: "step", order: order, generation: generation)
    }
}

extension ServerSpec {
    static func test(_ id: String = UUID().uuidString.lowercased(), image: ImageSpec? = nil) -> ServerSpec {
        ServerSpec(
            server: ServerID(id), name: "web <1>", hostname: "web-1", project: ProjectID("p1"), user: UserID("u1"),
            flavor: FlavorSpec(id: "1", name: "m1.tiny", vcpus: 1, memoryMiB: 256, rootGiB: 0), image: image)
    }
}

/// An image service with one image.
final class TestImages: ImageSource {
    let bytes: [UInt8]
    private let counted = Locked((downloads: 0, uploads: [ImageID: Int]()))

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var downloads: Int { counted.withLock { $0.downloads } }
    var uploads: [ImageID: Int] { counted.withLock { $0.uploads } }

    func download(
        _ image: ImageID, _ context: RequestContext, _ receive: @Sendable (ByteBuffer) async throws -> Void
    ) async throws {
        counted.withLock { $0.downloads += 1 }
        var rest = bytes[...]
        while !rest.isEmpty {
            try await receive(ByteBuffer(bytes: rest.prefix(1 << 20)))
            rest = rest.dropFirst(1 << 20)
        }
    }

    func upload<Chunks: AsyncSequence & Sendable>(
        _ image: ImageID, _ chunks: Chunks, length: Int, _ context: RequestContext
    ) async throws where Chunks.Element == ByteBuffer {
        var total = 0
        for try await chunk in chunks { total += chunk.readableBytes }
        counted.withLock { $0.uploads[image] = total }
    }
}

/// A block storage service whose volumes are all one iSCSI unit.
final class TestVolumes: VolumeService {
    private let state = Locked(
        (
            connection: VolumeConnection(
                source: ISCSISource(
                    iqn: "iqn.2010-10.org.openstack:volume-1", lun: 1, host: "127.0.0.1", port: 3260,
                    chap: nil), password: nil),
            completed: [AttachmentID]()
        ))

    func set(_ source: ISCSISource, password: String?) {
        state.withLock { $0.connection = VolumeConnection(source: source, password: password.map { Secret($0) }) }
    }

    var completed: [AttachmentID] { state.withLock { $0.completed } }

    func connect(
        _ attachment: AttachmentID, device: String, _ context: RequestContext
    ) async throws -> VolumeConnection {
        var connection = state.withLock { $0.connection }
        if let chap = connection.source.chap {
            connection.source.chap = ISCSISource.CHAP(username: chap.username, secret: attachment.rawValue)
        }
        return connection
    }

    func complete(_ attachment: AttachmentID, _ context: RequestContext) async throws {
        state.withLock { $0.completed.append(attachment) }
    }
}
