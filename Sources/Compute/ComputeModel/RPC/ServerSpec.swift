package import Core

/// All that an agent needs to make a server's domain. Holds user data but no secrets: volumes'
/// credentials are fetched by REST when they are needed.
package struct ServerSpec: Codable, Sendable, Hashable {
    package var server: ServerID
    package var name: String
    package var hostname: String
    package var project: ProjectID
    package var user: UserID
    package var flavor: FlavorSpec
    /// Nil for a server that boots from a volume.
    package var image: ImageSpec?
    package var rootDisk: RootDisk
    /// Every attached volume, the root volume included.
    package var volumes: [VolumeSpec]
    package var nics: [NICSpec]
    package var configDrive: Bool
    package var keyName: String?
    /// The server's own metadata, shown in the domain's description for operators.
    package var metadata: [String: String]

    package init(
        server: ServerID, name: String, hostname: String, project: ProjectID, user: UserID, flavor: FlavorSpec,
        image: ImageSpec?, rootDisk: RootDisk = .image, volumes: [VolumeSpec] = [], nics: [NICSpec] = [],
        configDrive: Bool = false, keyName: String? = nil, metadata: [String: String] = [:]
    ) {
        self.server = server
        self.name = name
        self.hostname = hostname
        self.project = project
        self.user = user
        self.flavor = flavor
        self.image = image
        self.rootDisk = rootDisk
        self.volumes = volumes
        self.nics = nics
        self.configDrive = configDrive
        self.keyName = keyName
        self.metadata = metadata
    }

    /// Where the first disk comes from.
    package enum RootDisk: Codable, Sendable, Hashable {
        /// A local disk made from `image`.
        case image
        /// The volume of this attachment, which is also in `volumes`.
        case volume(AttachmentID)
    }
}

/// A flavor as it was when the server was made.
package struct FlavorSpec: Codable, Sendable, Hashable {
    package var id: String
    package var name: String
    package var vcpus: Int
    package var memoryMiB: Int
    /// 0 means: as large as the image's virtual size.
    package var rootGiB: Int
    package var ephemeralGiB: Int
    package var swapMiB: Int
    package var extraSpecs: [String: String]

    package init(
        id: String, name: String, vcpus: Int, memoryMiB: Int, rootGiB: Int, ephemeralGiB: Int = 0, swapMiB: Int = 0,
        extraSpecs: [String: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.vcpus = vcpus
        self.memoryMiB = memoryMiB
        self.rootGiB = rootGiB
        self.ephemeralGiB = ephemeralGiB
        self.swapMiB = swapMiB
        self.extraSpecs = extraSpecs
    }
}

/// An image to boot from.
package struct ImageSpec: Codable, Sendable, Hashable {
    package var id: ImageID
    package var name: String
    /// `os_hash_value`: hexadecimal, of the algorithm `os_hash_algo`. Checked before each use.
    package var hash: String?
    /// `os_hash_algo`: sha512 unless the image service is configured otherwise.
    package var hashAlgorithm: String?
    /// `raw`, `qcow2`, `ami`, `aki`, `ari`, `iso`, `vmdk`…
    package var diskFormat: String
    package var containerFormat: String
    package var sizeBytes: Int64
    package var minDiskGiB: Int
    package var minMemoryMiB: Int
    /// Properties such as `hw_disk_bus`, `kernel_id`, `ramdisk_id`.
    package var properties: [String: String]

    package init(
        id: ImageID, name: String = "", hash: String?, hashAlgorithm: String? = "sha512", diskFormat: String,
        containerFormat: String = "bare", sizeBytes: Int64 = 0, minDiskGiB: Int = 0, minMemoryMiB: Int = 0,
        properties: [String: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.hash = hash
        self.hashAlgorithm = hashAlgorithm
        self.diskFormat = diskFormat
        self.containerFormat = containerFormat
        self.sizeBytes = sizeBytes
        self.minDiskGiB = minDiskGiB
        self.minMemoryMiB = minMemoryMiB
        self.properties = properties
    }
}

/// A volume to be attached. The agent completes the attachment by REST and so learns how to reach it.
package struct VolumeSpec: Codable, Sendable, Hashable {
    package var volume: VolumeID
    package var attachment: AttachmentID
    /// 0 for the root disk, nil or negative for one that is not booted from.
    package var bootIndex: Int?
    /// The device asked for (`/dev/vdb`); a hint, the agent reports the one taken.
    package var device: String?
    package var deleteOnTermination: Bool

    package init(
        volume: VolumeID, attachment: AttachmentID, bootIndex: Int? = nil, device: String? = nil,
        deleteOnTermination: Bool = false
    ) {
        self.volume = volume
        self.attachment = attachment
        self.bootIndex = bootIndex
        self.device = device
        self.deleteOnTermination = deleteOnTermination
    }
}

/// A port to be plugged.
package struct NICSpec: Codable, Sendable, Hashable {
    package var port: PortID
    package var mac: String
    package var network: NetworkID
    package var mtu: Int
    package var fixedIPs: [FixedIP]
    /// `binding:vif_type`: `ovs` is the only one served.
    package var vifType: String
    /// The integration bridge.
    package var bridge: String

    package init(
        port: PortID, mac: String, network: NetworkID, mtu: Int = 1442, fixedIPs: [FixedIP] = [],
        vifType: String = "ovs", bridge: String = "br-int"
    ) {
        self.port = port
        self.mac = mac
        self.network = network
        self.mtu = mtu
        self.fixedIPs = fixedIPs
        self.vifType = vifType
        self.bridge = bridge
    }

    package struct FixedIP: Codable, Sendable, Hashable {
        package var address: String
        package var subnet: SubnetID
        /// Bits of the subnet's prefix.
        package var prefix: Int
        package var gateway: String?

        package init(address: String, subnet: SubnetID, prefix: Int, gateway: String? = nil) {
            self.address = address
            self.subnet = subnet
            self.prefix = prefix
            self.gateway = gateway
        }
    }
}
