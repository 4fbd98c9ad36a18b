import FoundationEssentials
import SchedulerModel

/// Keeps hosts that are enabled and alive.
struct ComputeFilter: HostFilter {
    let name = "ComputeFilter"

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        !host.state.isDisabled && isUp(host, query)
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? {
        let disabled = removed.filter(\.state.isDisabled).count
        return "\(disabled) disabled, \(removed.count - disabled) not heard of for "
            + "\(Int(query.downAfterSeconds)) s"
    }

    private func isUp(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        query.now.timeIntervalSince(host.state.seenAt) <= query.downAfterSeconds
    }
}
