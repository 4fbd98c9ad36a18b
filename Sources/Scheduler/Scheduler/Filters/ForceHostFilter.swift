import SchedulerModel

/// Keeps the one host that an administrator named.
struct ForceHostFilter: HostFilter {
    let name = "ForceHostFilter"

    func applies(to query: HostQuery) -> Bool { query.request.forceHost != nil }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        host.state.host == query.request.forceHost || host.state.node == query.request.forceHost
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? {
        query.request.forceHost.map { "only host \($0) was asked for" }
    }
}
