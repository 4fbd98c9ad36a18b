import Core
import Database

/// libvirt's domains against the servers on this host.
struct DomainsCheck: DoctorCheck {
    let name = "domains"
    let summary = "libvirt's domains against the servers on this host, and whether they run"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let uri = try Self.uri(cloud)
        let host = try cloud.host()
        let rows = try await cloud.database("compute").query(
            "SELECT id, vm_state, task_state, power_state FROM servers WHERE host = \(host) AND deleted_at IS NULL")
        let (domains, active) = try await Self.listed(uri, cloud)
        let busy = try await cloud.underWay()
        var findings: [Finding] = []
        var known: Set<String> = []
        for row in rows {
            let id: String = try row.get("id")
            known.insert(id)
            guard try row.get("task_state", as: String?.self) == nil, !busy.contains(id) else { continue }
            findings += Self.compare(
                id, try row.get("vm_state"), power: try row.get("power_state"), on: host,
                isDefined: domains.contains(id), isActive: active.contains(id))
        }
        for id in domains.subtracting(known).subtracting(busy).sorted() {
            let xml = try await cloud.output("virsh", ["-c", uri, "dumpxml", id])
            // Other people's guests are none of ours.
            guard xml.contains("https://apus.cloud/xmlns/libvirt") else { continue }
            findings.append(
                Finding(
                    .warning, .leftover, "domain \(id)", "no server on \(host) has that id",
                    advice: "the compute agent removes it within its reconcile_interval if the server was deleted; "
                        + "else look at it: virsh dominfo \(id)"))
        }
        return findings
    }

    private static func compare(
        _ id: String, _ state: String, power: Int, on host: String, isDefined: Bool, isActive: Bool
    ) -> [Finding] {
        // A stopped server whose guest is known to be gone gets a new one when it is started.
        let isKnownGone = state == "stopped" && power == 0
        guard ["active", "paused", "suspended", "stopped", "rescued"].contains(state), !isKnownGone else { return [] }
        guard isDefined else {
            return [
                Finding(
                    state == "stopped" ? .warning : .critical, .missing, "domain \(id)",
                    "the server is \(state) on \(host)",
                    advice: "openstack server stop \(id), then start: it is defined again from its disks")
            ]
        }
        if ["active", "paused", "rescued"].contains(state), !isActive {
            return [
                Finding(
                    .critical, .mismatch, "domain \(id)", "it does not run, and the server is \(state)",
                    advice: "the compute agent tells within its reconcile_interval; then openstack server start \(id)")
            ]
        }
        guard state == "stopped", isActive else { return [] }
        return [
            Finding(
                .warning, .mismatch, "domain \(id)", "it runs, and the server is stopped",
                advice: "openstack server start \(id), or virsh shutdown \(id)")
        ]
    }

    static func uri(_ cloud: Cloud) throws -> String {
        try cloud.configuration("compute-agent.conf").read(Setting<LibvirtURI>.self).value
    }

    /// All domains, and those that run or are paused.
    static func listed(_ uri: String, _ cloud: Cloud) async throws -> (all: Set<String>, active: Set<String>) {
        let text = try await cloud.output("virsh", ["-c", uri, "list --all --uuid; echo ==; list --uuid"])
        let halves = text.split(separator: "==", maxSplits: 1)
        let words = halves.map { Set($0.split(whereSeparator: \.isWhitespace).map(String.init)) }
        return (words.first ?? [], words.count > 1 ? words[1] : [])
    }
}
