import SchedulerModel

/// A reason to prefer one host to another.
protocol HostWeigher: Sendable {
    var name: String { get }
    /// The more the better; only the order and the distances between hosts matter.
    func value(_ host: HostCandidate, _ query: HostQuery) -> Double
}

/// Adds up weighers, each scaled to 0…1 over the hosts at hand and multiplied.
struct HostRanking: Sendable {
    let weighers: [(any HostWeigher, multiplier: Double)]

    /// The hosts with their weights, best first; equals by name, so that the order is the same everywhere.
    func rank(_ hosts: [HostCandidate], _ query: HostQuery) -> [(host: HostCandidate, weight: Double)] {
        var weights = [Double](repeating: 0, count: hosts.count)
        for (weigher, multiplier) in weighers where multiplier != 0 {
            let values = hosts.map { weigher.value($0, query) }
            guard let least = values.min(), let most = values.max(), most > least else { continue }
            for index in hosts.indices { weights[index] += multiplier * (values[index] - least) / (most - least) }
        }
        return zip(hosts, weights).map { ($0, $1) }.sorted { left, right in
            left.1 == right.1 ? left.0.state.host < right.0.state.host : left.1 > right.1
        }
    }
}
