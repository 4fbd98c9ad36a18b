import SchedulerModel

/// Prefers hosts of the group's other servers, or, for soft anti-affinity, those without.
struct SoftAffinityWeigher: HostWeigher {
    let name = "ServerGroupSoftAffinityWeigher"

    func value(_ host: HostCandidate, _ query: HostQuery) -> Double {
        guard let group = query.request.group else { return 0 }
        let count = Double(group.hosts.filter { $0 == host.state.host }.count)
        switch group.policy {
        case "soft-affinity": return count
        case "soft-anti-affinity": return -count
        default: return 0
        }
    }
}
