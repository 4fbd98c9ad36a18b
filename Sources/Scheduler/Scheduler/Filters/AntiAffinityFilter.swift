import SchedulerModel

/// Keeps servers of an anti-affinity group on different hosts, or at most so many on one.
struct AntiAffinityFilter: HostFilter {
    let name = "ServerGroupAntiAffinityFilter"

    func applies(to query: HostQuery) -> Bool { query.request.group?.policy == "anti-affinity" }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        guard let group = query.request.group else { return true }
        return group.hosts.filter { $0 == host.state.host }.count < group.maximumPerHost
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? { "other servers of the group run there" }
}
