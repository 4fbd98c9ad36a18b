import SchedulerModel

/// Keeps away from the hosts of given servers, by the hint `different_host`.
struct DifferentHostFilter: HostFilter {
    let name = "DifferentHostFilter"

    func applies(to query: HostQuery) -> Bool { !query.hint("different_host").isEmpty }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        host.servers.isDisjoint(with: query.hint("different_host"))
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? {
        "servers to be kept away from run there"
    }
}
