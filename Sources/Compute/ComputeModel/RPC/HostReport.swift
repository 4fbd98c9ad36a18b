package import Core

/// A host's heartbeat, at start and every 10 seconds: that it lives, and what it has. The answer says that servers can
/// be scheduled to it.
package struct AnnounceHost: Codable, Sendable {
    package var report: HostReport

    package init(report: HostReport) { self.report = report }
}

/// What a hypervisor host is and has.
package struct HostReport: Codable, Sendable, Hashable {
    /// The agent's `[DEFAULT] host`: names the service and the RPC queue.
    package var host: String
    /// The hypervisor's own name, a resource provider's name in placement.
    package var node: String
    /// A stable id for the resource provider, kept on the host.
    package var nodeID: String
    package var hostIP: String
    package var hypervisorType: String
    /// Nova's form: major * 1,000,000 + minor * 1,000 + micro.
    package var hypervisorVersion: Int
    package var vcpus: Int
    package var memoryMiB: Int
    package var diskGiB: Int
    package var reservedVCPUs: Int
    package var reservedMemoryMiB: Int
    package var reservedDiskGiB: Int
    package var cpuAllocationRatio: Double
    package var memoryAllocationRatio: Double
    package var diskAllocationRatio: Double
    package var vcpusUsed: Int
    package var memoryUsedMiB: Int
    package var diskUsedGiB: Int
    /// Space really free in the state directory.
    package var diskFreeGiB: Int
    package var runningServers: Int
    /// The hypervisor's `cpu_info` as the API shows it: vendor, model, arch, topology, features.
    package var cpuInfo: JSONValue
    /// Standard trait names (`HW_CPU_X86_AVX2`, `COMPUTE_NET_ATTACH_INTERFACE`).
    package var traits: [String]
    /// (architecture, hypervisor, mode) triples: `["x86_64", "qemu", "hvm"]`.
    package var supportedInstances: [[String]]
    package var uptimeSeconds: Int
    /// Versioned like Nova's service version, so that a conductor can tell old agents.
    package var agentVersion: Int

    package init(
        host: String, node: String, nodeID: String, hostIP: String, hypervisorType: String, hypervisorVersion: Int,
        vcpus: Int, memoryMiB: Int, diskGiB: Int, reservedVCPUs: Int = 0, reservedMemoryMiB: Int = 512,
        reservedDiskGiB: Int = 0, cpuAllocationRatio: Double = 16, memoryAllocationRatio: Double = 1.5,
        diskAllocationRatio: Double = 1, vcpusUsed: Int = 0, memoryUsedMiB: Int = 0, diskUsedGiB: Int = 0,
        diskFreeGiB: Int = 0, runningServers: Int = 0, cpuInfo: JSONValue = .object([:]), traits: [String] = [],
        supportedInstances: [[String]] = [], uptimeSeconds: Int = 0, agentVersion: Int = 1
    ) {
        self.host = host
        self.node = node
        self.nodeID = nodeID
        self.hostIP = hostIP
        self.hypervisorType = hypervisorType
        self.hypervisorVersion = hypervisorVersion
        self.vcpus = vcpus
        self.memoryMiB = memoryMiB
        self.diskGiB = diskGiB
        self.reservedVCPUs = reservedVCPUs
        self.reservedMemoryMiB = reservedMemoryMiB
        self.reservedDiskGiB = reservedDiskGiB
        self.cpuAllocationRatio = cpuAllocationRatio
        self.memoryAllocationRatio = memoryAllocationRatio
        self.diskAllocationRatio = diskAllocationRatio
        self.vcpusUsed = vcpusUsed
        self.memoryUsedMiB = memoryUsedMiB
        self.diskUsedGiB = diskUsedGiB
        self.diskFreeGiB = diskFreeGiB
        self.runningServers = runningServers
        self.cpuInfo = cpuInfo
        self.traits = traits
        self.supportedInstances = supportedInstances
        self.uptimeSeconds = uptimeSeconds
        self.agentVersion = agentVersion
    }
}
