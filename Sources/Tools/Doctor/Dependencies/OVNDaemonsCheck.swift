import Core
import Network

/// Open vSwitch and OVN: the databases answer, ovn-northd and ovn-controller work.
struct OVNDaemonsCheck: DoctorCheck {
    let name = "ovn-daemons"
    let summary = "Open vSwitch and OVN's databases answer, ovn-northd and ovn-controller work; versions"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        guard cloud.has("network.conf") || cloud.has("compute-agent.conf") else {
            throw CheckSkipped(reason: "neither network nor compute-agent is configured here")
        }
        async let switchFindings = openVSwitch(cloud)
        async let databases = databases(cloud)
        async let daemons = daemons(cloud)
        return try await switchFindings + databases + daemons
    }

    private func openVSwitch(_ cloud: Cloud) async throws -> [Finding] {
        guard cloud.has("compute-agent.conf") else { return [] }
        return try await answer("Open vSwitch", "start openvswitch-switch") {
            let text = try await cloud.output("ovs-vsctl", ["--timeout=5", "get", "Open_vSwitch", ".", "ovs_version"])
            return TestedVersions.finding("Open vSwitch", TestedVersions.number(in: text))
        }
    }

    private func databases(_ cloud: Cloud) async throws -> [Finding] {
        guard cloud.has("network.conf") else { return [] }
        let options = try cloud.configuration("network.conf").read(OVNOptions.self)
        let north = try await answer("OVN's northbound database \(options.northbound)", "start ovsdb-server") {
            _ = try await cloud.output(
                "ovn-nbctl", ["--timeout=5", "--db=\(options.northbound)", "get", "NB_Global", ".", "nb_cfg"])
            return []
        }
        return try await north
            + answer("OVN's southbound database \(options.southbound)", "start ovsdb-server") {
                let text = try await cloud.output(
                    "ovn-sbctl",
                    [
                        "--timeout=5", "--db=\(options.southbound)", "--if-exists", "get", "SB_Global", ".",
                        "options:northd_internal_version",
                    ])
                return TestedVersions.finding("OVN", TestedVersions.number(in: text))
            }
    }

    /// Those whose process ids are on this machine.
    private func daemons(_ cloud: Cloud) async throws -> [Finding] {
        var findings: [Finding] = []
        for (daemon, command, healthy) in [
            ("ovn-northd", "status", ["active", "standby"]), ("ovn-controller", "connection-status", ["connected"]),
        ] {
            let isHere = try await cloud.files.run {
                try ["/var/run/ovn", "/run/ovn"].contains { try FileFacts("\($0)/\(daemon).pid") != nil }
            }
            guard isHere else { continue }
            findings += try await answer(daemon, "start it; OVN does not follow the cloud meanwhile") {
                let text = try await cloud.output("ovn-appctl", ["--timeout=5", "-t", daemon, command])
                if healthy.contains(where: text.contains), !text.contains("not connected") { return [] }
                throw CheckFailed(reason: String(text.prefix { !$0.isNewline }))
            }
        }
        return findings
    }

    private func answer(
        _ what: String, _ advice: String, _ body: @Sendable () async throws -> [Finding]
    ) async throws -> [Finding] {
        do {
            return try await body()
        } catch let failed as CheckFailed {
            return [unreachable(what, failed, advice: advice)]
        }
    }
}
