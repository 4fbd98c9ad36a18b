import Core
import SchedulerModel

/// Filters and ranks hosts for one query: a pure function, so that every rule is tested without a database.
struct HostSelection: Sendable {
    let filters: [any HostFilter]
    let ranking: HostRanking

    struct Outcome: Sendable {
        /// Those that fit, best first.
        var ranked: [(host: HostCandidate, weight: Double)]
        var reasons: [FilterReason]
        var considered: Int
    }

    func select(_ hosts: [HostCandidate], _ query: HostQuery) -> Outcome {
        var left = hosts
        var reasons: [FilterReason] = []
        for filter in filters where filter.applies(to: query) && !left.isEmpty {
            var kept: [HostCandidate] = []
            var removed: [HostCandidate] = []
            for host in left {
                if filter.passes(host, query) { kept.append(host) } else { removed.append(host) }
            }
            if !removed.isEmpty {
                reasons.append(
                    FilterReason(name: filter.name, removed: removed.count, hint: filter.hint(removed, query)))
            }
            left = kept
        }
        return Outcome(ranked: ranking.rank(left, query), reasons: reasons, considered: hosts.count)
    }
}
