import Core
import FoundationEssentials
import SchedulerModel
import Testing

@testable import Scheduler

struct HostSelectionTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)
    private let selection = HostSelection(
        filters: allFilters, ranking: HostRanking(weighers: [(RAMWeigher(), 1), (SoftAffinityWeigher(), 10)]))

    private func host(
        _ name: String, memory: Int = 4096, used: Int = 0, servers: Set<String> = [],
        _ change: (inout HostState) -> Void = { _ in }
    ) -> HostCandidate {
        var state = HostState(
            host: name, node: name, provider: "p-\(name)", supportedInstances: [["x86_64", "qemu", "hvm"]],
            inventory: [
                "VCPU": .init(total: 4, allocationRatio: 4), "MEMORY_MB": .init(total: memory),
                "DISK_GB": .init(total: 50),
            ], seenAt: now)
        change(&state)
        return HostCandidate(state: state, used: ["MEMORY_MB": used], servers: servers)
    }

    private func query(
        memory: Int = 512, disk: Int = 1, _ change: (inout PlacementRequest) -> Void = { _ in }
    ) -> HostQuery {
        var request = PlacementRequest()
        change(&request)
        return HostQuery(
            server: ServerID("s"), resources: ["VCPU": 1, "MEMORY_MB": memory, "DISK_GB": disk], request: request,
            now: now, downAfterSeconds: 60)
    }

    private func names(_ hosts: [HostCandidate], _ query: HostQuery) -> [String] {
        selection.select(hosts, query).ranked.map(\.host.state.host)
    }

    @Test func theHostWithMoreFreeMemoryIsBetter() {
        #expect(names([host("a", used: 3000), host("b", used: 100)], query()) == ["b", "a"])
    }

    @Test func equalHostsAreOrderedByName() {
        #expect(names([host("b"), host("a")], query()) == ["a", "b"])
    }

    @Test func eachFilterTellsHowManyItRemovedAndWhatWouldFit() {
        let outcome = selection.select(
            [
                host("full", used: 3900), host("small", memory: 256), host("off") { $0.isDisabled = true },
                host("silent") { $0.seenAt = now.addingTimeInterval(-100) },
            ], query())
        #expect(outcome.ranked.isEmpty)
        #expect(
            outcome.reasons == [
                FilterReason(name: "ComputeFilter", removed: 2, hint: "1 disabled, 1 not heard of for 60 s"),
                FilterReason(name: "RamFilter", removed: 2, hint: "at most 256 MEMORY_MB would fit, 512 asked for"),
            ])
        let told = Selection(server: ServerID("s"), host: nil, considered: 4, filters: outcome.reasons).explanation
        #expect(told.hasPrefix("No valid host was found. Of 4 hosts: ComputeFilter removed 2 (1 disabled"))
    }

    @Test func zonesHintsAndImagesAreFollowed() {
        let hosts = [
            host("a", servers: ["x"]), host("b") { $0.zone = "z2" },
            host("c") { $0.supportedInstances = [["aarch64", "kvm", "hvm"]] },
        ]
        #expect(names(hosts, query { $0.availabilityZone = "z2" }) == ["b"])
        #expect(names(hosts, query { $0.forceHost = "c" }) == ["c"])
        #expect(names(hosts, query { $0.ignoreHosts = ["a", "b"] }) == ["c"])
        #expect(names(hosts, query { $0.hints = ["same_host": "x"] }) == ["a"])
        #expect(names(hosts, query { $0.hints = ["different_host": ["x"]] }) == ["b", "c"])
        #expect(names(hosts, query { $0.imageProperties = ["hw_architecture": "arm64"] }) == ["c"])
    }

    @Test func serverGroupsKeepTogetherAndApart() {
        let hosts = [host("a"), host("b")]
        #expect(names(hosts, query { $0.group = .init(policy: "affinity", hosts: ["b"]) }) == ["b"])
        #expect(names(hosts, query { $0.group = .init(policy: "affinity", hosts: []) }) == ["a", "b"])
        #expect(names(hosts, query { $0.group = .init(policy: "anti-affinity", hosts: ["a"]) }) == ["b"])
        #expect(
            names(hosts, query { $0.group = .init(policy: "anti-affinity", hosts: ["a"], maximumPerHost: 2) })
                == ["a", "b"])
        #expect(names(hosts, query { $0.group = .init(policy: "soft-affinity", hosts: ["b"]) }) == ["b", "a"])
        #expect(names(hosts, query { $0.group = .init(policy: "soft-anti-affinity", hosts: ["a"]) }) == ["b", "a"])
    }

    @Test func traitsAndAggregatesAreRequiredByExtraSpecs() {
        let hosts = [
            host("a") { $0.traits = ["HW_CPU_X86_AVX2"] },
            host("b") { $0.aggregateMetadata = ["ssd": ["true"], "ram": ["64"]] },
        ]
        #expect(names(hosts, query { $0.extraSpecs = ["trait:HW_CPU_X86_AVX2": "required"] }) == ["a"])
        #expect(names(hosts, query { $0.extraSpecs = ["trait:HW_CPU_X86_AVX2": "forbidden"] }) == ["b"])
        #expect(names(hosts, query { $0.extraSpecs = ["aggregate_instance_extra_specs:ssd": "true"] }) == ["b"])
        #expect(names(hosts, query { $0.extraSpecs = ["aggregate_instance_extra_specs:ram": ">= 32"] }) == ["b"])
        #expect(names(hosts, query { $0.extraSpecs = ["hw:cpu_policy": "dedicated"] }) == ["a", "b"])
    }

    /// A request for as much as an Int holds once ended the scheduler.
    @Test func amountsAndRatiosOfAnySizeAreComparedWithoutOverflow() {
        let inventory = HostState.Inventory(total: 16, maxUnit: .max)
        #expect(!inventory.fits(.max, used: 1))
        #expect(!inventory.fits(.min, used: 1))
        #expect(inventory.fits(15, used: 1))
        let unlimited = HostState.Inventory(total: 16, allocationRatio: 1e300, maxUnit: .max)
        #expect(unlimited.capacity == .max)
        #expect(unlimited.fits(1_000_000, used: 0))
    }
}
