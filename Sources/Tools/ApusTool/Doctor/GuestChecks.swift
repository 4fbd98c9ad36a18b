import Core
import Database
import FoundationEssentials

enum AgentStatePath: SettingGroup {
    static let group = "compute_agent"
    static let name = "state_path"
    static let fallback = "/var/lib/apus/compute-agent"
}

enum LibvirtURI: SettingGroup {
    static let group = "libvirt"
    static let name = "uri"
    static let fallback = "qemu:///system"
}

/// libvirt's domains against the servers on this host.
struct DomainsCheck: DoctorCheck {
    let name = "libvirt domains"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let uri = try await cloud.configuration("compute-agent.conf").read(Setting<LibvirtURI>.self).value
        let host = try await cloud.host()
        let rows = try await cloud.database("compute").query(
            "SELECT id, vm_state, task_state, power_state FROM servers WHERE host = \(host) AND deleted_at IS NULL")
        let listed = try await cloud.output("virsh", ["-c", uri, "list", "--all", "--uuid"])
        let domains = Set(listed.split(whereSeparator: \.isWhitespace).map(String.init))
        var findings: [Finding] = []
        var known: Set<String> = []
        for row in rows {
            let id: String = try row.get("id")
            known.insert(id)
            let state: String = try row.get("vm_state")
            let task: String? = try row.get("task_state")
            let power: Int = try row.get("power_state")
            // A stopped server whose guest is known to be gone gets a new one when it is started.
            let isKnownGone = state == "stopped" && power == 0
            let shouldRun =
                ["active", "paused", "suspended", "stopped", "rescued"].contains(state) && task == nil && !isKnownGone
            if shouldRun, !domains.contains(id) {
                findings.append(Finding(kind: .missing, what: "domain \(id)", detail: "the server is \(state) on \(host)"))
            }
        }
        for id in domains.subtracting(known).sorted() {
            let xml = try await cloud.output("virsh", ["-c", uri, "dumpxml", id])
            // Other people's guests are none of ours.
            guard xml.contains("https://apus.cloud/xmlns/libvirt") else { continue }
            findings.append(Finding(kind: .leftover, what: "domain \(id)", detail: "no server on \(host) has that id"))
        }
        return findings
    }
}

/// Folders of guests' disks against the servers on this host.
struct DisksCheck: DoctorCheck {
    let name = "guests' disks"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let state = try await cloud.configuration("compute-agent.conf").read(Setting<AgentStatePath>.self).value
        let folder = "\(state)/instances"
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        let host = try await cloud.host()
        let servers = try await cloud.values(
            "compute", "SELECT id FROM servers WHERE host = \(host) AND deleted_at IS NULL")
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .filter { isUUIDLike($0) && !servers.contains($0) }
            .map { Finding(kind: .leftover, what: "folder \(folder)/\($0)", detail: "no server on \(host) has that id") }
    }
}

/// Claims in placement against servers.
struct AllocationsCheck: DoctorCheck {
    let name = "allocations"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let consumers = try await cloud.values(
            "placement", "SELECT DISTINCT consumer FROM allocations", "consumer")
        let rows = try await cloud.database("compute").query(
            "SELECT id, host, vm_state, task_state FROM servers WHERE deleted_at IS NULL")
        var findings: [Finding] = []
        var servers: Set<String> = []
        for row in rows {
            let id: String = try row.get("id")
            servers.insert(id)
            let host: String? = try row.get("host")
            let task: String? = try row.get("task_state")
            let state: String = try row.get("vm_state")
            if let host, task == nil, state != "error", state != "shelved_offloaded", !consumers.contains(id) {
                findings.append(
                    Finding(kind: .missing, what: "allocation of \(id)", detail: "the server is \(state) on \(host)"))
            }
        }
        for id in consumers.subtracting(servers).sorted() {
            findings.append(Finding(kind: .leftover, what: "allocation of \(id)", detail: "there is no such server"))
        }
        return findings
    }
}

/// Inventories against the sum of allocations, and sagas that wait for an operator.
struct WorkflowsCheck: DoctorCheck {
    let name = "workflows"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        var findings: [Finding] = []
        for service in WorkflowsCommand.services {
            let rows: [Row]
            do {
                rows = try await cloud.database(service).query(
                    "SELECT id, name, subject, step_name FROM sagas WHERE status = 'stuck' ORDER BY id")
            } catch is CheckSkipped {
                continue
            }
            for row in rows {
                findings.append(
                    Finding(
                        kind: .mismatch, what: "workflow \(try row.get("id", as: String.self))",
                        detail: "\(try row.get("name", as: String.self)) of \(try row.get("subject", as: String.self)) "
                            + "is stuck at \(try row.get("step_name", as: String.self))"))
            }
        }
        return findings
    }
}

/// What is used of each inventory against what there is.
struct InventoriesCheck: DoctorCheck {
    let name = "inventories"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let rows = try await cloud.database("placement").query(
            """
            SELECT p.name, i.resource_class, i.total, i.reserved, i.allocation_ratio, SUM(a.used) AS used
            FROM allocations a
            JOIN resource_providers p ON p.id = a.provider
            JOIN inventories i ON i.provider = a.provider AND i.resource_class = a.resource_class
            GROUP BY p.name, i.resource_class, i.total, i.reserved, i.allocation_ratio
            """)
        return try rows.compactMap { row in
            let total: Int = try row.get("total")
            let reserved: Int = try row.get("reserved")
            let ratio: Double = try row.get("allocation_ratio")
            let used: Int = try row.get("used")
            let capacity = Int(Double(total - reserved) * ratio)
            guard used > capacity else { return nil }
            return Finding(
                kind: .mismatch,
                what: "\(try row.get("resource_class", as: String.self)) of \(try row.get("name", as: String.self))",
                detail: "\(used) claimed of \(capacity)")
        }
    }
}
