import ComputeModel
import Core
import Virt

/// What a host's guests have in common.
struct GuestDefaults: Sendable {
    var virtType: VirtType
    var machine: MachineType
    var cpuMode: CPUMode
    var checksumOffload: Bool
    var diskCache: DiskCache
}

/// Turns what is remembered of a server into its guest: pure, so that a hard reboot gives the same
/// guest again.
struct GuestBuilder: Sendable {
    let defaults: GuestDefaults
    let paths: HostPaths

    /// - Parameter sources: where each volume is reached, by its id.
    func definition(_ record: GuestRecord, sources: [String: ISCSISource]) throws -> GuestDefinition {
        let spec = record.spec
        var disks = record.localDisks.map { disk($0, spec) }
        for volume in spec.volumes {
            guard let source = sources[volume.volume.rawValue],
                let target = record.volumeTargets[volume.volume.rawValue]
            else {
                throw ServiceError(.internal, "A volume of the server has no device.", detail: "\(volume.volume)")
            }
            disks.append(self.disk(volume, source, target, spec))
        }
        disks.sort { ($0.bootOrder ?? .max, $0.target) < ($1.bootOrder ?? .max, $1.target) }
        return GuestDefinition(
            record: record, virtType: defaults.virtType, machine: defaults.machine, cpuMode: defaults.cpuMode,
            disks: disks, nics: spec.nics.map { nic($0, spec) }, consoleLog: paths.console(spec.server))
    }

    private func disk(_ disk: GuestRecord.LocalDisk, _ spec: ServerSpec) -> GuestDisk {
        let source = GuestDisk.Source.file(path: disk.path, format: disk.format)
        switch disk.role {
        case .configDrive:
            let bus: GuestDisk.Bus = defaults.machine == .q35 ? .sata : .ide
            let target = defaults.machine == .q35 ? "sd\(disk.target.suffix(1))" : disk.target
            return GuestDisk(source: source, kind: .cdrom, target: target, bus: bus, readOnly: true)
        case .root:
            return GuestDisk(
                source: source, target: disk.target, bus: DiskLayout.bus(spec), bootOrder: 1,
                cache: defaults.diskCache)
        case .ephemeral, .swap:
            return GuestDisk(
                source: source, target: disk.target, bus: DiskLayout.bus(spec), cache: defaults.diskCache)
        }
    }

    func disk(_ volume: VolumeSpec, _ source: ISCSISource, _ target: String, _ spec: ServerSpec) -> GuestDisk {
        let isRoot = spec.rootDisk == .volume(volume.attachment)
        return GuestDisk(
            source: .iscsi(source), target: target, bus: DiskLayout.bus(spec), bootOrder: isRoot ? 1 : nil,
            serial: volume.volume.rawValue, alias: GuestDisk.alias(volume.volume), readOnly: source.isReadOnly)
    }

    /// `hw_vif_model`s that can be served.
    static let nicModels = ["virtio", "e1000", "e1000e", "rtl8139"]

    func nic(_ nic: NICSpec, _ spec: ServerSpec) -> GuestNIC {
        return GuestNIC(
            port: nic.port, mac: nic.mac, bridge: nic.bridge, mtu: nic.mtu > 0 ? nic.mtu : nil,
            model: spec.image?.properties["hw_vif_model"] ?? "virtio", checksumOffload: defaults.checksumOffload)
    }

    /// Chooses device names for volumes that have none yet. Hints are taken where they are free.
    static func assignTargets(_ record: inout GuestRecord) throws {
        let spec = record.spec
        let bus = DiskLayout.bus(spec)
        let wanted = Set(spec.volumes.map(\.volume.rawValue))
        record.volumeTargets = record.volumeTargets.filter { wanted.contains($0.key) }
        for volume in spec.volumes where record.volumeTargets[volume.volume.rawValue] == nil {
            let taken = record.localDisks.map(\.target) + record.volumeTargets.values
            let isRoot = spec.rootDisk == .volume(volume.attachment)
            let hint = isRoot ? DiskLayout(spec).root : volume.device
            // The root's name stays free for it, whichever volume comes first.
            let reserved = isRoot || spec.rootDisk == .image ? taken : taken + [DiskLayout(spec).root]
            guard let target = GuestDisk.freeTarget(bus, taken: reserved, hint: hint) else {
                throw ServiceError(.conflict, "The server has no free device names for another volume.")
            }
            record.volumeTargets[volume.volume.rawValue] = target
        }
    }
}
