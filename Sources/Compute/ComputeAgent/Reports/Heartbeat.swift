import ComputeModel
import Core
import Logging
import Virt

/// Tells conductors every few seconds that the host lives, and what it has.
struct Heartbeat: Sendable {
    let driver: any Hypervisor
    let conductor: ConductorReports
    let options: AgentOptions
    let host: String
    let nodeID: String
    let paths: HostPaths
    let files: HostFiles
    let virtType: VirtType?
    let clock: any Clock<Duration>
    let logger: Logger
    private let isKnown = Locked(false)

    init(_ host: AgentHost, driver: any Hypervisor, conductor: ConductorReports, nodeID: String, virtType: VirtType?) {
        self.driver = driver
        self.conductor = conductor
        self.nodeID = nodeID
        self.virtType = virtType
        options = host.options
        self.host = host.host
        paths = host.paths
        files = host.files
        clock = host.clock
        logger = host.logger
    }

    func run() async throws {
        var patience = min(.seconds(1), options.heartbeatInterval)
        while true {
            do {
                try await conductor.announce(try await report())
                isKnown.withLock { $0 = true }
            } catch let error as CancellationError {
                throw error
            } catch {
                logger.warning("no heartbeat", metadata: ["error": "\(String(reflecting: error))"])
                // Until a conductor knows it, nothing is scheduled to the host.
                if !isKnown.withLock({ $0 }) {
                    // Spread and ever longer: a conductor that comes back is asked by all hosts.
                    try await clock.sleep(for: patience * Double.random(in: 0.5...1))
                    patience = min(patience * 2, options.heartbeatInterval)
                    continue
                }
            }
            try await clock.sleep(for: options.heartbeatInterval)
        }
    }

    /// - Throws: `.unavailable` until a conductor has answered once.
    func checkKnown() throws {
        guard isKnown.withLock({ $0 }) else {
            throw ServiceError(.unavailable, "No conductor has answered this host yet.")
        }
    }

    func report() async throws -> HostReport {
        let inventory = try await driver.inventory()
        let guests = try await driver.guests()
        let space = try await files.space(paths.root)
        let gibibyte = 1 << 30
        let flavors = guests.map(\.record.spec.flavor)
        return HostReport(
            host: host, node: inventory.node, nodeID: nodeID, hostIP: options.hostIP,
            hypervisorType: inventory.type, hypervisorVersion: inventory.version, vcpus: inventory.vcpus,
            memoryMiB: inventory.memoryMiB, diskGiB: space.totalBytes / gibibyte,
            reservedVCPUs: options.reservedVCPUs, reservedMemoryMiB: options.reservedMemoryMiB,
            reservedDiskGiB: options.reservedDiskGiB, cpuAllocationRatio: options.cpuAllocationRatio,
            memoryAllocationRatio: options.memoryAllocationRatio, diskAllocationRatio: options.diskAllocationRatio,
            vcpusUsed: flavors.reduce(0) { $0 + $1.vcpus },
            memoryUsedMiB: options.reservedMemoryMiB + flavors.reduce(0) { $0 + $1.memoryMiB },
            diskUsedGiB: flavors.reduce(0) { $0 + $1.rootGiB + $1.ephemeralGiB },
            diskFreeGiB: space.freeBytes / gibibyte, runningServers: guests.filter { $0.power == .running }.count,
            cpuInfo: inventory.cpuInfo, traits: (driver.capabilityTraits + inventory.cpuTraits).sorted(),
            supportedInstances: supported(inventory), uptimeSeconds: try await uptime())
    }

    /// What the host really runs: KVM is listed by libvirt also where it does not work.
    private func supported(_ inventory: HypervisorInventory) -> [[String]] {
        guard virtType == .qemu else { return inventory.supportedInstances }
        return inventory.supportedInstances.filter { $0.count < 2 || $0[1] != VirtType.kvm.rawValue }
    }

    private func uptime() async throws -> Int {
        let text = String(decoding: try await files.read("/proc/uptime") ?? [], as: UTF8.self)
        return Int(text.prefix { $0 != "." }) ?? 0
    }
}
