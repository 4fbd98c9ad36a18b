import Core
import Logging
import Virt

/// The host's hypervisor as configured, connected, and what its guests have in common.
struct HypervisorChoice: Sendable {
    let driver: any Hypervisor
    let defaults: GuestDefaults
    /// Keeps the driver connected; it runs before the daemon's services do, since they depend on what it finds.
    private let maintenance: Task<Void, any Error>

    static func make(
        _ options: AgentOptions, _ libvirt: LibvirtOptions, bridge: String, _ host: AgentHost
    ) async throws -> HypervisorChoice {
        switch options.driver {
        case .fake:
            let driver = FakeDriver(node: host.host)
            let defaults = GuestDefaults(
                virtType: .qemu, machine: libvirt.machine, cpuMode: libvirt.cpuMode, checksumOffload: true,
                diskCache: .none)
            return HypervisorChoice(driver: driver, defaults: defaults, maintenance: maintain(driver))
        case .libvirt:
            let connection = LibvirtConnection(
                uri: libvirt.uri, threads: libvirt.threads, clock: host.clock, logger: host.logger)
            let driver = LibvirtDriver(connection: connection, clock: host.clock, logger: host.logger)
            let maintenance = maintain(driver)
            do {
                let defaults = GuestDefaults(
                    virtType: try await virtType(libvirt, connection, host), machine: libvirt.machine,
                    cpuMode: libvirt.cpuMode,
                    checksumOffload: try await checksumOffload(libvirt, bridge: bridge, host.logger),
                    diskCache: try await diskCache(libvirt, host))
                return HypervisorChoice(driver: driver, defaults: defaults, maintenance: maintenance)
            } catch {
                maintenance.cancel()
                throw error
            }
        }
    }

    /// Ends when the task is cancelled or the driver gives up.
    func run() async throws {
        try await withTaskCancellationHandler {
            try await maintenance.value
        } onCancel: {
            maintenance.cancel()
        }
    }

    /// The task ends by `run()`'s cancellation.
    private static func maintain(_ driver: any Hypervisor) -> Task<Void, any Error> {
        Task { try await driver.maintain() }
    }

    private static func virtType(
        _ options: LibvirtOptions, _ connection: LibvirtConnection, _ host: AgentHost
    ) async throws -> VirtType {
        switch options.virtType {
        case .kvm: return .kvm
        case .qemu: return .qemu
        case .lxc: return .lxc
        case .auto:
            let probe = VirtTypeProbe(
                connection: connection, folder: host.paths.root, clock: host.clock, logger: host.logger)
            return try await probe.choose([.kvm, .qemu])
        }
    }

    private static func diskCache(_ options: LibvirtOptions, _ host: AgentHost) async throws -> DiskCache {
        switch options.diskCache {
        case .none: .none
        case .writeback: .writeback
        case .auto: try await host.supportsDirectAccess() ? .none : .writeback
        }
    }

    private static func checksumOffload(
        _ options: LibvirtOptions, bridge: String, _ logger: Logger
    ) async throws -> Bool {
        switch options.checksumOffload {
        case .on: return true
        case .off: return false
        case .auto:
            let result = try await Command(
                "ovs-vsctl", ["--timeout=10", "get", "bridge", bridge, "datapath_type"]
            ).run()
            guard result.succeeded else {
                logger.notice("the integration bridge is not there yet, checksum offload stays off for guests")
                return false
            }
            return !result.output.contains("netdev")
        }
    }
}
