import ComputeModel
import Conductor
import Core
import Messaging
import SchedulerModel
import Workflow

/// Everything that sagas reach, in memory: agents do what they are told at once.
final class FakeCloud: Placement, NetworkClient, VolumeClient, ImageClient, Agents, SagaControl {
    struct Port {
        var server: ServerID?
        var network: NetworkID
        var host: String?
    }

    struct Contents {
        var claims: [ServerID: String] = [:]
        var ports: [PortID: Port] = [:]
        var volumes: Set<VolumeID> = []
        var attachments: [AttachmentID: VolumeID] = [:]
        var images: Set<ImageID> = []
        /// What the host has.
        var domains: Set<ServerID> = []
        var disks: Set<ServerID> = []
        var connected: Set<VolumeID> = []
        var plugged: Set<PortID> = []
        var powerActions: [PowerServer.Action] = []
        /// An attachment was ended while the host still had its volume.
        var endedWhileConnected = false
        var noValidHost: Selection?
        var portsUp = true
        /// Volumes and attachments are made, and the conductor dies before it hears of it.
        var losesAnswers = false
    }

    private let contents = Locked(Contents())

    var now: Contents { contents.withLock { $0 } }
    func change(_ body: @Sendable (inout Contents) -> Void) { contents.withLock { body(&$0) } }

    // MARK: Placement

    func select(_ request: SelectDestinations, _ context: RequestContext) async throws -> SelectDestinations.Reply {
        try contents.withLock { contents in
            if let refused = contents.noValidHost { throw ServiceError(.conflict, refused.explanation) }
            contents.claims[request.server] = "h1"
        }
        return .init(
            host: "h1", node: "n1", provider: "p1", zone: "nova",
            selection: Selection(server: request.server, host: "h1", considered: 1, filters: []))
    }

    func release(_ server: ServerID, _ context: RequestContext) async throws {
        contents.withLock { $0.claims[server] = nil }
    }

    func update(_ host: HostState, _ context: RequestContext) async throws {}

    // MARK: Network

    func ensurePort(_ request: PortRequest, taken: Set<PortID>, _ context: RequestContext) async throws -> BoundPort {
        try contents.withLock { contents in
            let earlier = contents.ports.first {
                $0.value.server == request.server && $0.value.network == request.network && !taken.contains($0.key)
            }?.key
            let id: PortID
            if let known = request.port ?? earlier {
                id = known
            } else {
                id = PortID(IDGenerator.random.uuid())
                contents.ports[id] = Port(network: request.network ?? NetworkID("n"))
            }
            guard contents.ports[id] != nil else { throw ServiceError(.notFound, "Port \(id) not found.") }
            contents.ports[id]?.server = request.server
            contents.ports[id]?.host = request.host
            return Self.bound(id, contents)
        }
    }

    private static func bound(_ id: PortID, _ contents: Contents) -> BoundPort {
        let network = contents.ports[id]?.network ?? NetworkID("n")
        return BoundPort(
            nic: NICSpec(port: id, mac: "fa:16:3e:00:00:01", network: network),
            info: InterfaceInfo(
                port: id, mac: "fa:16:3e:00:00:01", network: network, networkName: "private",
                addresses: [.init(address: "10.0.0.5", version: 4)]),
            host: contents.ports[id]?.host, isActive: contents.portsUp)
    }

    func deletePort(_ port: PortID, _ context: RequestContext) async throws {
        contents.withLock { $0.ports[port] = nil }
    }

    func unbindPort(_ port: PortID, _ context: RequestContext) async throws {
        contents.withLock { contents in
            contents.ports[port]?.server = nil
            contents.ports[port]?.host = nil
        }
    }

    func interfaces(of server: ServerID, _ context: RequestContext) async throws -> [BoundPort] {
        contents.withLock { contents in
            contents.ports.filter { $0.value.server == server }.keys.sorted().map { Self.bound($0, contents) }
        }
    }

    // MARK: Volumes and images

    func ensureVolume(
        for device: BlockDevice, project: ProjectID, _ context: RequestContext
    ) async throws -> VolumeID {
        let id = device.volume ?? VolumeID("v" + device.id.dropFirst())
        let isLost = contents.withLock { contents in
            contents.volumes.insert(id)
            return contents.losesAnswers
        }
        if isLost { throw ServiceError(.internal, "The answer was lost.") }
        return id
    }

    func findVolume(for device: BlockDevice, _ context: RequestContext) async throws -> VolumeID? {
        let id = VolumeID("v" + device.id.dropFirst())
        return contents.withLock { $0.volumes.contains(id) ? id : nil }
    }

    func findAttachment(
        of volume: VolumeID, to server: ServerID, _ context: RequestContext
    ) async throws -> AttachmentID? {
        contents.withLock { $0.attachments.first { $0.value == volume }?.key }
    }

    func ensureAttachment(
        of volume: VolumeID, to server: ServerID, _ context: RequestContext
    ) async throws -> AttachmentID {
        let id = AttachmentID("a" + volume.rawValue.dropFirst())
        let isLost = contents.withLock { contents in
            contents.attachments[id] = volume
            return contents.losesAnswers
        }
        if isLost { throw ServiceError(.internal, "The answer was lost.") }
        return id
    }

    func deleteAttachment(_ attachment: AttachmentID, _ context: RequestContext) async throws {
        contents.withLock { contents in
            if let volume = contents.attachments[attachment], contents.connected.contains(volume) {
                contents.endedWhileConnected = true
            }
            contents.attachments[attachment] = nil
        }
    }

    func deleteVolume(_ volume: VolumeID, _ context: RequestContext) async throws {
        contents.withLock { _ = $0.volumes.remove(volume) }
    }

    func status(of volume: VolumeID, _ context: RequestContext) async throws -> String? {
        contents.withLock { $0.volumes.contains(volume) ? "available" : nil }
    }

    func delete(_ image: ImageID, _ context: RequestContext) async throws {
        contents.withLock { _ = $0.images.remove(image) }
    }

    // MARK: Agents

    func send<Command: RPCCast>(
        _ command: Command, to host: String, _ context: RequestContext
    ) async throws where Command.Destination == ComputeTopic {
        contents.withLock { contents in
            switch command {
            case let command as EnsureServer:
                contents.domains.insert(command.spec.server)
                contents.disks.insert(command.spec.server)
                contents.connected.formUnion(command.spec.volumes.map(\.volume))
                contents.plugged.formUnion(command.spec.nics.map(\.port))
            case let command as DestroyServer:
                contents.domains.remove(command.server)
                contents.disks.remove(command.server)
                contents.connected = []
                contents.plugged = []
            case let command as PowerServer: contents.powerActions.append(command.action)
            case let command as AttachVolume: contents.connected.insert(command.volume.volume)
            case let command as DetachVolume: contents.connected.remove(command.volume)
            case let command as PlugPort: contents.plugged.insert(command.nic.port)
            case let command as UnplugPort: contents.plugged.remove(command.port)
            default: break
            }
        }
    }

    func has(_ server: ServerID, on host: String, _ context: RequestContext) async throws -> Bool {
        contents.withLock { $0.domains.contains(server) }
    }

    // MARK: Sagas

    func reportDone(_ run: SagaRun, step: String) async throws {}
    func abortOthers(of server: ServerID, except saga: String) async throws -> Bool { false }
}
