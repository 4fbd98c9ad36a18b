import Core
import Database

/// Ports of servers against the servers, and whether they work.
struct PortsCheck: DoctorCheck {
    let name = "ports"
    let summary = "ports against the servers they are of; ports of running servers that are down"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let rows = try await cloud.database("network").query(
            "SELECT id, device_id, status, binding_host_id FROM ports WHERE device_owner LIKE 'compute:%'")
        let servers = try await cloud.database("compute").query(
            "SELECT id, vm_state, task_state FROM servers WHERE deleted_at IS NULL")
        var states: [String: String] = [:]
        for row in servers {
            let isIdle = try row.get("task_state", as: String?.self) == nil
            states[try row.get("id")] = isIdle ? try row.get("vm_state") : "busy"
        }
        let busy = try await cloud.underWay()
        var findings: [Finding] = []
        for row in rows {
            let id: String = try row.get("id")
            let server: String = try row.get("device_id")
            guard !busy.contains(server) else { continue }
            if states[server] == nil {
                findings.append(
                    Finding(
                        .warning, .leftover, "port \(id)", "it belongs to server \(server), which does not exist",
                        advice: "openstack port delete \(id), or openstack port unset --device \(id) to keep it"))
            } else if states[server] == "active", try row.get("status", as: String.self) == "DOWN" {
                findings.append(
                    Finding(
                        .critical, .mismatch, "port \(id)",
                        "it is down on \(try row.get("binding_host_id", as: String.self)), and server \(server) is active",
                        advice: "see ovn-controller's log there, and openstack port show \(id)"))
            }
        }
        return findings
    }
}
