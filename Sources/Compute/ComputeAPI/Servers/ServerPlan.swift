import ComputeModel
import ComputeStore
import Core

/// A create request after everything it names was found and checked: what is left is to write it down.
struct ServerPlan: Sendable {
    var name: String
    var description: String?
    var hostname: String?
    var count: Int
    var flavor: Flavor
    /// Nil for a server that boots from a volume.
    var image: ImageSpec?
    var devices: [BlockDevicePlan]
    var interfaces: [InterfacePlan]
    var securityGroups: [String]
    var metadata: [String: String]
    var tags: [String]
    var keypair: Keypair?
    var userData: String?
    var configDrive: Bool
    var diskConfig: Server.DiskConfig
    var accessIPv4: String?
    var accessIPv6: String?
    var zone: String?
    var requestedHost: String?
    var hints: JSONValue
    var group: String?
    var adminPassword: String
    var returnsReservation: Bool
}

/// A disk asked for.
struct BlockDevicePlan: Sendable {
    var source: BlockDevice.Source
    var destination: BlockDevice.Destination
    var uuid: String?
    var bootIndex: Int?
    var sizeGiB: Int?
    var deviceName: String?
    var volumeType: String?
    var deleteOnTermination = false
    var tag: String?
    var guestFormat: String?
    var diskBus: String?
    var deviceType: String?

    func device(id: String, server: ServerID) -> BlockDevice {
        var device = BlockDevice(
            id: id, server: server, source: source, destination: destination,
            state: destination == .local ? .attached : .attaching)
        switch source {
        case .volume: device.volume = uuid.map { VolumeID($0) }
        case .image: device.image = uuid.map { ImageID($0) }
        case .snapshot: device.snapshot = uuid
        case .blank: break
        }
        device.bootIndex = bootIndex
        device.volumeGiB = sizeGiB
        device.deviceName = deviceName
        device.volumeType = volumeType
        device.deleteOnTermination = deleteOnTermination
        device.tag = tag
        device.guestFormat = guestFormat
        device.diskBus = diskBus
        device.deviceType = deviceType
        return device
    }
}

/// A network interface asked for: a port that exists, or a network to make one on.
struct InterfacePlan: Sendable {
    var network: NetworkID?
    var port: PortID?
    var fixedIP: String?
    var tag: String?

    func interface(id: String, server: ServerID, position: Int) -> ServerInterface {
        var interface = ServerInterface(id: id, server: server, position: position)
        interface.network = network
        interface.port = port
        interface.fixedIP = fixedIP
        interface.tag = tag
        interface.isPortOurs = port == nil
        return interface
    }
}
