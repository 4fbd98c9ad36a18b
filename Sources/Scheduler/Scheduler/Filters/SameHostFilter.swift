import SchedulerModel

/// Keeps hosts of given servers, by the hint `same_host`.
struct SameHostFilter: HostFilter {
    let name = "SameHostFilter"

    func applies(to query: HostQuery) -> Bool { !query.hint("same_host").isEmpty }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        !host.servers.isDisjoint(with: query.hint("same_host"))
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? {
        "none of the servers to be near to runs there"
    }
}
