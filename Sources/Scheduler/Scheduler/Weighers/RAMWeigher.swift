import SchedulerModel

/// Prefers hosts with more free memory.
struct RAMWeigher: HostWeigher {
    let name = "RAMWeigher"

    func value(_ host: HostCandidate, _ query: HostQuery) -> Double { Double(host.free("MEMORY_MB")) }
}
