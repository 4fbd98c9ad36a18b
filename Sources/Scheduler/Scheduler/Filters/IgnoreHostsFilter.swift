import SchedulerModel

/// Leaves out hosts that were tried and failed.
struct IgnoreHostsFilter: HostFilter {
    let name = "IgnoreHostsFilter"

    func applies(to query: HostQuery) -> Bool { !query.request.ignoreHosts.isEmpty }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        !query.request.ignoreHosts.contains(host.state.host)
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? { "tried before and failed" }
}
