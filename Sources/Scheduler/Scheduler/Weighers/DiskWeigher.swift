import SchedulerModel

/// Prefers hosts with more free disk.
struct DiskWeigher: HostWeigher {
    let name = "DiskWeigher"

    func value(_ host: HostCandidate, _ query: HostQuery) -> Double { Double(host.free("DISK_GB")) }
}
