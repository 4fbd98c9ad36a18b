package import Core

/// The `[compute_agent]` group.
package struct AgentOptions: OptionGroup {
    package static let group = "compute_agent"

    package enum Driver: String, CaseIterable, Sendable, OptionValue { case libvirt, fake }
    package enum RootDiskFormat: String, CaseIterable, Sendable, OptionValue { case qcow2, raw }

    package let driver: Driver
    package let statePath: String
    package let hostIP: String
    package let rootDiskFormat: RootDiskFormat
    package let imageCacheLimit: ByteCount
    package let reservedVCPUs: Int
    package let reservedMemoryMiB: Int
    package let reservedDiskGiB: Int
    package let cpuAllocationRatio: Double
    package let memoryAllocationRatio: Double
    package let diskAllocationRatio: Double
    package let heartbeatInterval: Duration
    package let reconcileInterval: Duration
    package let shutdownTimeout: Duration
    package let detachTimeout: Duration
    package let concurrentBuilds: Int

    package init(_ options: inout OptionReader) throws {
        driver = try options.value("driver", default: .libvirt, help: "libvirt, or fake for guests that are not there.")
        statePath = try options.value(
            "state_path", default: "/var/lib/apus/compute-agent",
            help: "Folder of guests' disks, cached images and what must survive a restart.")
        hostIP = try options.value(
            "host_ip", default: "127.0.0.1", help: "This host's address, as volumes' targets and administrators see it."
        )
        rootDiskFormat = try options.value(
            "root_disk_format", default: .qcow2, help: "qcow2: a layer over the cached image; raw: a full copy.")
        imageCacheLimit = try options.value(
            "image_cache_limit", default: ByteCount(20 << 30),
            help: "Cached images beyond this are removed, those unused the longest first.")
        reservedVCPUs = try options.value(
            "reserved_vcpus", default: 0, in: 0...4096, help: "Processors kept for the host itself.")
        reservedMemoryMiB = try options.value(
            "reserved_memory_mib", default: 512, in: 0...1_048_576, help: "Memory kept for the host itself.")
        reservedDiskGiB = try options.value(
            "reserved_disk_gib", default: 0, in: 0...1_048_576, help: "Disk kept for the host itself.")
        cpuAllocationRatio = try options.value(
            "cpu_allocation_ratio", default: 16, in: 0.1...1000, help: "Virtual processors offered for each real one.")
        memoryAllocationRatio = try options.value(
            "memory_allocation_ratio", default: 1.5, in: 0.1...1000, help: "Memory offered for the memory there is.")
        diskAllocationRatio = try options.value(
            "disk_allocation_ratio", default: 1, in: 0.1...1000, help: "Disk offered for the disk there is.")
        heartbeatInterval = try options.value(
            "heartbeat_interval", default: .seconds(10), in: .seconds(1) ... .seconds(300),
            help: "How often conductors are told that the host lives.")
        reconcileInterval = try options.value(
            "reconcile_interval", default: .seconds(60), in: .seconds(1) ... .seconds(3600),
            help: "How often guests are compared with the database.")
        shutdownTimeout = try options.value(
            "shutdown_timeout", default: .seconds(60), in: .zero ... .seconds(3600),
            help: "How long a guest may take to power itself off before it is stopped.")
        detachTimeout = try options.value(
            "detach_timeout", default: .seconds(120), in: .seconds(1) ... .seconds(3600),
            help: "How long a guest may take to release a disk or NIC.")
        concurrentBuilds = try options.value(
            "concurrent_builds", default: 10, in: 1...1000, help: "Servers made at the same time; others wait.")
    }
}
