import ComputeStore
import Core
import TestSupport
import Testing
import WebAPI

@testable import ComputeAPI

/// What clients of every microversion see. The samples are in `Tests/Golden/contract/compute`;
/// APUS_UPDATE_GOLDEN=1 writes them.
@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct ComputeContractTests {
    private static func targets(_ world: ComputeCostWorld) async throws -> [(String, String)] {
        let server = world.server.rawValue
        return [
            ("server", "/servers/\(server)"), ("servers", "/servers"), ("servers-detail", "/servers/detail?limit=1"),
            ("server-tags", "/servers/\(server)/tags"), ("server-metadata", "/servers/\(server)/metadata"),
            ("server-ips", "/servers/\(server)/ips"),
            ("server-actions", "/servers/\(server)/os-instance-actions"),
            ("server-action", "/servers/\(server)/os-instance-actions/req-0"),
            ("server-interfaces", "/servers/\(server)/os-interface"),
            ("server-volumes", "/servers/\(server)/os-volume_attachments"),
            ("server-security-groups", "/servers/\(server)/os-security-groups"),
            ("server-diagnostics", "/servers/\(server)/diagnostics"),
            ("flavor", "/flavors/flavor0"), ("flavors-detail", "/flavors/detail"),
            ("flavor-access", "/flavors/private/os-flavor-access"), ("keypair", "/os-keypairs/key0"),
            ("keypairs", "/os-keypairs"), ("hypervisor", "/os-hypervisors/\(try await world.node().id)"),
            ("hypervisors-detail", "/os-hypervisors/detail?with_servers=true"),
            ("hypervisor-statistics", "/os-hypervisors/statistics"),
            ("server-groups", "/os-server-groups"), ("aggregate", "/os-aggregates/1"),
            ("zones", "/os-availability-zone/detail"), ("limits", "/limits"), ("quotas", "/os-quota-sets/p"),
            ("quotas-detail", "/os-quota-sets/p/detail"), ("quota-class", "/os-quota-class-sets/default"),
            ("services", "/os-services"), ("security-groups", "/os-security-groups"), ("extensions", "/extensions"),
        ]
    }

    @Test func viewsChangeOnlyAtTheVersionsRecorded() async throws {
        try await ComputeCostWorld.run(1) { world, api in
            for (name, target) in try await Self.targets(world) {
                let samples = try await VersionSamples.take(
                    "/v2.1\(target)", from: api, type: "compute", ComputeAPI.minVersion...ComputeAPI.maxVersion)
                let path = Golden.path("contract/compute/\(name).json")
                for text in try Golden.differences(samples, from: path) { Issue.record("\(name): \(text)") }
            }
            let open = ContractLists.bodiesWithoutSchema(api.description)
            let path = Golden.path("contract/compute-bodies-without-schema.json")
            for text in try ContractLists.differences(open, from: path) { Issue.record("\(text)") }
        }
    }
}
