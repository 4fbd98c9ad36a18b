import SchedulerModel

/// Keeps hosts with enough free of one resource. Only a forecast: the claim decides.
struct ResourceFilter: HostFilter {
    let resource: String

    var name: String {
        switch resource {
        case "VCPU": "CoreFilter"
        case "MEMORY_MB": "RamFilter"
        case "DISK_GB": "DiskFilter"
        default: "\(resource)Filter"
        }
    }

    func applies(to query: HostQuery) -> Bool { (query.resources[resource] ?? 0) > 0 }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        guard let amount = query.resources[resource], amount > 0 else { return true }
        return host.state.inventory[resource]?.fits(amount, used: host.used[resource] ?? 0) ?? false
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? {
        let most = removed.map { min($0.free(resource), $0.state.inventory[resource]?.maxUnit ?? 0) }.max() ?? 0
        return "at most \(most) \(resource) would fit, \(query.resources[resource] ?? 0) asked for"
    }
}
