import SchedulerModel

/// Prefers hosts that are busy with fewer builds, migrations and snapshots.
struct IOWeigher: HostWeigher {
    let name = "IoOpsWeigher"

    func value(_ host: HostCandidate, _ query: HostQuery) -> Double { -Double(host.state.ioOperations) }
}
