package import Core
package import FoundationEssentials

/// A server as the database has it.
package struct Server: Sendable {
    package var id: ServerID
    /// Grows with each server; gives the host's name for the guest, `instance-0000002a`.
    package var number: Int64
    package var project: ProjectID
    package var user: UserID
    package var name: String
    package var description: String?
    package var hostname: String
    package var reservationID: String
    package var launchIndex: Int

    package var vmState: VMState
    package var taskState: TaskState?
    package var powerState: PowerState
    package var progress: Int
    package var isLocked: Bool
    package var lockedBy: String?
    package var lockedReason: String?

    package var host: String?
    package var node: String?
    package var requestedZone: String?
    package var zone: String?
    package var requestedHost: String?
    package var schedulerHints: JSONValue

    /// As it was when the server was made or last resized.
    package var flavor: FlavorSpec
    /// Nil for a server that boots from a volume.
    package var image: ImageSpec?
    package var keyName: String?
    package var publicKey: String?
    /// Base64, as the user gave it.
    package var userData: String?
    package var configDrive: Bool
    package var diskConfig: DiskConfig
    package var rootDeviceName: String?
    package var accessIPv4: String?
    package var accessIPv6: String?
    /// Names or ids asked for at creation, for the ports that we make.
    package var securityGroups: [String]
    /// What the `addresses` of a view are made of.
    package var networkInfo: [InterfaceInfo]

    package var createdAt: Date
    package var updatedAt: Date?
    package var launchedAt: Date?
    package var terminatedAt: Date?
    package var deletedAt: Date?
    package var version: Int64

    package var instanceName: String {
        let digits = String(number, radix: 16)
        return "instance-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    package var status: String { ServerStatus.of(vmState, taskState) }

    package enum DiskConfig: String, Sendable, Codable {
        case auto = "AUTO"
        case manual = "MANUAL"
    }

    package init(
        id: ServerID, number: Int64, project: ProjectID, user: UserID, name: String, hostname: String,
        reservationID: String, flavor: FlavorSpec, image: ImageSpec?, createdAt: Date
    ) {
        self.id = id
        self.number = number
        self.project = project
        self.user = user
        self.name = name
        self.hostname = hostname
        self.reservationID = reservationID
        launchIndex = 0
        vmState = .building
        taskState = .scheduling
        powerState = .noState
        progress = 0
        isLocked = false
        schedulerHints = [:]
        self.flavor = flavor
        self.image = image
        configDrive = false
        diskConfig = .manual
        securityGroups = []
        networkInfo = []
        self.createdAt = createdAt
        version = 0
    }
}

/// One interface of a server with its addresses, as the last look at the network service saw it.
package struct InterfaceInfo: Codable, Sendable, Hashable {
    package struct Address: Codable, Sendable, Hashable {
        package var address: String
        package var version: Int
        /// Floating addresses that lead to this one.
        package var floating: [String]

        package init(address: String, version: Int, floating: [String] = []) {
            self.address = address
            self.version = version
            self.floating = floating
        }
    }

    package var port: PortID
    package var mac: String
    package var network: NetworkID
    package var networkName: String
    package var mtu: Int
    package var addresses: [Address]

    package init(
        port: PortID, mac: String, network: NetworkID, networkName: String, mtu: Int = 1442, addresses: [Address]
    ) {
        self.port = port
        self.mtu = mtu
        self.mac = mac
        self.network = network
        self.networkName = networkName
        self.addresses = addresses
    }
}
