import SchedulerModel

/// Keeps hosts of the availability zone that was asked for.
struct AvailabilityZoneFilter: HostFilter {
    let name = "AvailabilityZoneFilter"

    func applies(to query: HostQuery) -> Bool { query.request.availabilityZone != nil }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        host.state.zone == query.request.availabilityZone
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? {
        let zones = Set(removed.map(\.state.zone)).sorted().prefix(10)
        return "there are hosts in " + zones.joined(separator: ", ")
    }
}
