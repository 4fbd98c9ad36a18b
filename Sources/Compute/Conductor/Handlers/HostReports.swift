import ComputeModel
import ComputeStore
import Core
import Database
import SchedulerModel

/// What agents tell of their hosts, and ask about them.
struct HostReports: Sendable {
    let env: ConductorEnvironment
    /// A scheduler that hangs must leave a conductor room for other calls, and hosts their life: a quarter of the calls
    /// that it takes at a time.
    let updates = AdmissionLimit(16, refusal: "The scheduler is busy; it learns of the host with its next report.")

    /// Takes a heartbeat in, and passes it on to the scheduler with what only the database knows of the host.
    func register(_ report: HostReport, _ context: RequestContext) async throws {
        let now = env.clock.now()
        try await HostStore.seen(
            host: report.host, binary: "nova-compute", newID: env.ids.uuid(), at: now, in: env.database)
        try await HostStore.report(report, at: now, in: env.database)
        let row = try await env.database.first(
            "SELECT * FROM services WHERE host = \(report.host) AND `binary` = 'nova-compute'")
        let service = try row.map(ComputeService.init)
        let aggregates = try await AggregateStore.list(in: env.database).filter { $0.hosts.contains(report.host) }
        var metadata: [String: [String]] = [:]
        for aggregate in aggregates {
            for (key, value) in aggregate.metadata { metadata[key, default: []].append(value) }
        }
        let busy: Int =
            try await env.database.first(
                """
                SELECT COUNT(*) AS found FROM servers WHERE host = \(report.host) AND deleted_at IS NULL
                    AND task_state IN ('spawning', 'image_uploading', 'rebuilding', 'migrating')
                """)?.get("found") ?? 0
        let state = HostState(
            host: report.host, node: report.node, provider: report.nodeID,
            zone: aggregates.lazy.compactMap(\.zone).first ?? "nova",
            isDisabled: service.map { $0.isDisabled || $0.isForcedDown } ?? false,
            hypervisorType: report.hypervisorType, supportedInstances: report.supportedInstances,
            traits: report.traits, inventory: Self.inventory(report), aggregateMetadata: metadata,
            ioOperations: busy, seenAt: now)
        try await updates.admit { try await env.placement.update(state, context) }
    }

    private static func inventory(_ report: HostReport) -> [String: HostState.Inventory] {
        [
            "VCPU": .init(
                total: report.vcpus, reserved: min(report.reservedVCPUs, report.vcpus),
                allocationRatio: report.cpuAllocationRatio),
            "MEMORY_MB": .init(
                total: report.memoryMiB, reserved: min(report.reservedMemoryMiB, report.memoryMiB),
                allocationRatio: report.memoryAllocationRatio),
            "DISK_GB": .init(
                total: report.diskGiB, reserved: min(report.reservedDiskGiB, report.diskGiB),
                allocationRatio: report.diskAllocationRatio),
        ]
    }

    /// What should be on a host, and which of its guests should not.
    func servers(_ call: ListServersOnHost) async throws -> ListServersOnHost.Reply {
        let expected = try await ServerStore.onHost(call.host, in: env.database)
        let entries = expected.map {
            ListServersOnHost.Entry(
                server: $0.id, vmState: $0.vmState.rawValue, taskState: $0.taskState?.rawValue,
                powerState: $0.powerState)
        }
        let here = Set(expected.map(\.id))
        let unexpected = call.domains.filter { !here.contains($0) }
        guard !unexpected.isEmpty else { return .init(servers: entries, orphans: []) }
        let rows = try await env.database.query(
            """
            SELECT id FROM servers WHERE id IN \(anyOf: unexpected)
                AND (deleted_at IS NOT NULL OR (host <> \(call.host) AND task_state IS NULL))
            """)
        return .init(servers: entries, orphans: try rows.map { try $0.get("id") })
    }
}
