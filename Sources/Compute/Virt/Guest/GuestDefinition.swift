import ComputeModel
import Core

/// A guest in typed values: all that its domain's description says.
package struct GuestDefinition: Sendable, Hashable {
    package var record: GuestRecord
    package var virtType: VirtType
    package var machine: MachineType
    package var cpuMode: CPUMode
    package var disks: [GuestDisk]
    package var nics: [GuestNIC]
    /// The file that takes everything the guest writes to its serial console.
    package var consoleLog: String
    /// A kernel started without a boot loader, for images in the three-part `ami` form.
    package var directBoot: DirectBoot?
    /// Root ports left free for hot-plug; used with q35 only.
    package var sparePCIPorts: Int

    package init(
        record: GuestRecord, virtType: VirtType, machine: MachineType = .pc, cpuMode: CPUMode = .default,
        disks: [GuestDisk], nics: [GuestNIC], consoleLog: String, directBoot: DirectBoot? = nil,
        sparePCIPorts: Int = 12
    ) {
        self.record = record
        self.virtType = virtType
        self.machine = machine
        self.cpuMode = cpuMode
        self.disks = disks
        self.nics = nics
        self.consoleLog = consoleLog
        self.directBoot = directBoot
        self.sparePCIPorts = sparePCIPorts
    }

    package struct DirectBoot: Sendable, Hashable {
        package var kernel: String
        package var ramdisk: String?
        package var commandLine: String

        package init(kernel: String, ramdisk: String?, commandLine: String) {
            self.kernel = kernel
            self.ramdisk = ramdisk
            self.commandLine = commandLine
        }
    }

    /// The guest's name on the host: short, since it is part of socket paths.
    package static func instanceName(_ server: String) -> String {
        "instance-" + server.filter { $0 != "-" }.prefix(12)
    }

    package var instanceName: String { Self.instanceName(record.spec.server.rawValue) }
}

package enum VirtType: String, Sendable, CaseIterable {
    case kvm, qemu, lxc
}

package enum MachineType: String, Sendable, CaseIterable {
    case pc, q35
}

/// Which processor the guest sees.
package enum CPUMode: String, Sendable, CaseIterable {
    /// The hypervisor's own choice.
    case `default`
    case hostModel = "host-model"
    case hostPassthrough = "host-passthrough"
    case maximum
}
