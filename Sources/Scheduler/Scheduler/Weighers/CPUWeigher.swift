import SchedulerModel

/// Prefers hosts with more free virtual processors.
struct CPUWeigher: HostWeigher {
    let name = "CPUWeigher"

    func value(_ host: HostCandidate, _ query: HostQuery) -> Double { Double(host.free("VCPU")) }
}
