import Core
import FoundationEssentials
import SchedulerModel

/// A host beside what is used of it: what filters and weighers look at.
struct HostCandidate: Sendable {
    var state: HostState
    /// By resource class.
    var used: [String: Int]
    /// Servers that hold a claim there.
    var servers: Set<String>

    func free(_ resource: String) -> Int {
        max(0, (state.inventory[resource]?.capacity ?? 0) - (used[resource] ?? 0))
    }
}

/// What is looked for, with the moment it is looked for.
struct HostQuery: Sendable {
    let server: ServerID
    let resources: [String: Int]
    let request: PlacementRequest
    let now: Date
    /// Hosts that are silent for longer are down.
    let downAfterSeconds: Double
}

/// A reason for which a host will not do.
protocol HostFilter: Sendable {
    /// Nova's name for the filter where it has one.
    var name: String { get }
    /// Whether it has an opinion about this query; skipped otherwise.
    func applies(to query: HostQuery) -> Bool
    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool
    /// What would have fitted, seen from the hosts it removed.
    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String?
}

extension HostFilter {
    func applies(to query: HostQuery) -> Bool { true }
    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? { nil }
}

extension HostQuery {
    /// A scheduler hint as a list of texts, however it was written. Bounded, because users write them.
    func hint(_ name: String) -> [String] {
        switch request.hints[name] {
        case .string(let text): [text]
        case .array(let items): items.prefix(256).compactMap(\.string)
        default: []
        }
    }
}

/// All filters, cheap and telling ones first: a host is counted by the first that removes it.
let allFilters: [any HostFilter] = [
    ForceHostFilter(), IgnoreHostsFilter(), ComputeFilter(), AvailabilityZoneFilter(), ImagePropertiesFilter(),
    RequiredTraitsFilter(), AggregateExtraSpecsFilter(), DifferentHostFilter(), SameHostFilter(), AffinityFilter(),
    AntiAffinityFilter(), ResourceFilter(resource: "VCPU"), ResourceFilter(resource: "MEMORY_MB"),
    ResourceFilter(resource: "DISK_GB"),
]
