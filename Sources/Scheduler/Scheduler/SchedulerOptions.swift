package import Core

/// How the scheduler weighs hosts and takes them for dead.
package struct SchedulerOptions: OptionGroup {
    package static let group = "scheduler"
    let serviceDownTime: Duration
    let snapshotAge: Duration
    let ramWeight: Double
    let cpuWeight: Double
    let diskWeight: Double
    let ioWeight: Double
    let softAffinityWeight: Double

    package init(_ options: inout OptionReader) throws {
        serviceDownTime = try options.value(
            "service_down_time", default: Duration.seconds(60), help: "A host silent for longer gets no servers.")
        snapshotAge = try options.value(
            "snapshot_age", default: Duration.seconds(1), help: "How old the hosts in memory may be.")
        ramWeight = try options.value("ram_weight_multiplier", default: 1.0, help: "Prefers hosts with free memory.")
        cpuWeight = try options.value(
            "cpu_weight_multiplier", default: 1.0, help: "Prefers hosts with free processors.")
        diskWeight = try options.value("disk_weight_multiplier", default: 1.0, help: "Prefers hosts with free disk.")
        ioWeight = try options.value("io_ops_weight_multiplier", default: 1.0, help: "Prefers hosts with less to do.")
        softAffinityWeight = try options.value(
            "soft_affinity_weight_multiplier", default: 1.0, help: "Follows the soft policies of server groups.")
    }

    var ranking: HostRanking {
        HostRanking(weighers: [
            (RAMWeigher(), ramWeight), (CPUWeigher(), cpuWeight), (DiskWeigher(), diskWeight), (IOWeigher(), ioWeight),
            (SoftAffinityWeigher(), softAffinityWeight),
        ])
    }
}
