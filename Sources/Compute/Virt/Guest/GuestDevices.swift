package import Core

/// A disk as the domain's description has it.
package struct GuestDisk: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        case file(path: String, format: String)
        case iscsi(ISCSISource)
    }

    package enum Kind: String, Sendable { case disk, cdrom }

    package enum Bus: String, Sendable { case virtio, scsi, ide, sata, usb }

    package var source: Source
    package var kind: Kind
    /// `vda`, `sdb`, `hda`.
    package var target: String
    package var bus: Bus
    package var bootOrder: Int?
    /// Shown to the guest (`/dev/disk/by-id/virtio-…`).
    package var serial: String?
    /// A name of ours for the device, begins with `ua-`.
    package var alias: String?
    package var readOnly: Bool
    package var cache: DiskCache

    package init(
        source: Source, kind: Kind = .disk, target: String, bus: Bus = .virtio, bootOrder: Int? = nil,
        serial: String? = nil, alias: String? = nil, readOnly: Bool = false,
        cache: DiskCache = .none
    ) {
        self.source = source
        self.kind = kind
        self.target = target
        self.bus = bus
        self.bootOrder = bootOrder
        self.serial = serial
        self.alias = alias
        self.readOnly = readOnly
        self.cache = cache
    }

    /// The alias of a volume's disk.
    package static func alias(_ volume: VolumeID) -> String { "ua-volume-\(volume.rawValue)" }

    /// The first of a bus's device names that is not in `taken`.
    package static func freeTarget(_ bus: Bus, taken: some Collection<String>, hint: String? = nil) -> String? {
        let prefix = bus == .virtio ? "vd" : bus == .ide ? "hd" : "sd"
        let used = Set(taken)
        if let hint {
            let name = hint.hasPrefix("/dev/") ? String(hint.dropFirst(5)) : hint
            if name.hasPrefix(prefix), !used.contains(name), isLetters(name.dropFirst(2)) { return name }
        }
        let letters = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { String(UnicodeScalar($0)) }
        return letters.lazy.map { prefix + $0 }.first { !used.contains($0) }
    }

    private static func isLetters(_ text: Substring) -> Bool {
        (1...2).contains(text.count) && text.utf8.allSatisfy { (0x61...0x7A).contains($0) }
    }
}

/// What the host's page cache does for a guest's disk.
package enum DiskCache: String, Sendable, CaseIterable {
    /// Bypassed: the file system must support direct access.
    case none
    case writeback
}

/// A logical unit that QEMU's own initiator reaches.
package struct ISCSISource: Sendable, Hashable {
    package var iqn: String
    package var lun: Int
    package var host: String
    package var port: Int
    /// The initiator's own name.
    package var initiator: String?
    package var chap: CHAP?
    /// The volume may not be written.
    package var isReadOnly: Bool

    /// The user's name, and the libvirt secret that holds the password.
    package struct CHAP: Sendable, Hashable {
        package var username: String
        package var secret: String

        package init(username: String, secret: String) {
            self.username = username
            self.secret = secret
        }
    }

    package init(
        iqn: String, lun: Int, host: String, port: Int, initiator: String? = nil, chap: CHAP? = nil,
        isReadOnly: Bool = false
    ) {
        self.iqn = iqn
        self.lun = lun
        self.host = host
        self.port = port
        self.initiator = initiator
        self.chap = chap
        self.isReadOnly = isReadOnly
    }
}

/// A port's interface on the integration bridge.
package struct GuestNIC: Sendable, Hashable {
    package var port: PortID
    package var mac: String
    package var bridge: String
    package var mtu: Int?
    package var model: String
    /// The userspace datapath cannot complete partial checksums: TCP into the guest would fail silently.
    package var checksumOffload: Bool

    package init(
        port: PortID, mac: String, bridge: String, mtu: Int?, model: String = "virtio", checksumOffload: Bool
    ) {
        self.port = port
        self.mac = mac
        self.bridge = bridge
        self.mtu = mtu
        self.model = model
        self.checksumOffload = checksumOffload
    }

    package static func alias(_ port: PortID) -> String { "ua-port-\(port.rawValue)" }

    /// The tap's name on the host, as Neutron's agents name it: 14 characters.
    package static func tap(_ port: PortID) -> String { "tap" + port.rawValue.prefix(11) }
}
