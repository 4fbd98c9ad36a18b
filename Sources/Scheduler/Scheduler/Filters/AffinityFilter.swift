import SchedulerModel

/// Puts servers of an affinity group on one host.
struct AffinityFilter: HostFilter {
    let name = "ServerGroupAffinityFilter"

    func applies(to query: HostQuery) -> Bool {
        query.request.group?.policy == "affinity" && query.request.group?.hosts.isEmpty == false
    }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        query.request.group?.hosts.contains(host.state.host) ?? true
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? { "the group's servers run elsewhere" }
}
