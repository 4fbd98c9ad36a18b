package import Core
package import Virt

/// The `[libvirt]` group.
package struct LibvirtOptions: OptionGroup {
    package static let group = "libvirt"

    package enum Kind: String, CaseIterable, Sendable, OptionValue { case auto, kvm, qemu, lxc }
    package enum Offload: String, CaseIterable, Sendable, OptionValue { case auto, on, off }
    package enum Cache: String, CaseIterable, Sendable, OptionValue { case auto, none, writeback }

    package let uri: String
    package let virtType: Kind
    package let machine: MachineType
    package let cpuMode: CPUMode
    package let checksumOffload: Offload
    package let diskCache: Cache
    package let threads: Int

    package init(_ options: inout OptionReader) throws {
        uri = try options.value("uri", default: "qemu:///system", help: "The libvirt to use.")
        virtType = try options.value(
            "virt_type", default: .auto, help: "auto starts a throwaway guest to see whether KVM really works.")
        machine = try options.value("machine_type", default: .pc, help: "pc starts faster, q35 has PCI Express.")
        cpuMode = try options.value(
            "cpu_mode", default: .default, help: "The processor guests see; the default can be migrated the furthest.")
        checksumOffload = try options.value(
            "checksum_offload", default: .auto,
            help: "auto switches it off where the integration bridge has the userspace datapath, which needs that.")
        diskCache = try options.value(
            "disk_cache", default: .auto,
            help: "none bypasses the host's page cache; auto uses it only where the file system cannot do without.")
        threads = try options.value("threads", default: 4, in: 1...64, help: "Calls to libvirt at the same time.")
    }
}

extension MachineType: OptionValue {}
extension CPUMode: OptionValue {}
