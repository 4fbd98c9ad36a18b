import Core
import Database
import TestSupport
import Testing

@testable import Network

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct AllocationTests {
    @Test func `Racing ports get an address each, and then there are none left`() async throws {
        try await NetworkWorld.run { world in
            let (network, subnet) = try await world.network("10.0.0.0/28")
            // 14 hosts, one of them the gateway's and one the metadata port's.
            let results = await withTaskGroup(of: Result<Record, any Error>.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do {
                            return .success(try await world.create(world.ports, ["network_id": .string(network.id)]))
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let addresses = results.compactMap { try? $0.get().list("fixed_ips").first?["ip_address"]?.string }
            #expect(addresses.count == 12)
            #expect(Set(addresses).count == 12)
            let failures = results.compactMap { result -> String? in
                if case .failure(let error) = result { faultType(error) ?? "\(error)" } else { nil }
            }
            #expect(Set(failures) == ["IpAddressGenerationFailure"])
            let count: Int = try #require(
                try await world.database.first(
                    "SELECT COUNT(*) AS n FROM ip_allocations WHERE subnet_id = \(subnet.id)")
            ).get("n")
            #expect(count == 13)
        }
    }

    @Test func `That all subnets are full is found with the same queries, however many they are`() async throws {
        try await NetworkWorld.run { world in
            var queries: [Int] = []
            for count in [2, 8] {
                let network = try await world.create(world.networks, [:])
                for index in 0..<count {
                    let subnet = try await world.create(
                        Subnets(),
                        [
                            "network_id": .string(network.id), "cidr": .string("10.0.\(index).0/29"), "ip_version": 4,
                            "enable_dhcp": false,
                            "allocation_pools": [
                                ["start": .string("10.0.\(index).3"), "end": .string("10.0.\(index).3")]
                            ],
                        ])
                    try await world.create(
                        world.ports,
                        ["network_id": .string(network.id), "fixed_ips": [["subnet_id": .string(subnet.id)]]])
                }
                let cost = RequestCost()
                await RequestCost.$current.withValue(cost) {
                    await #expect {
                        try await world.create(world.ports, ["network_id": .string(network.id)])
                    } throws: { faultType($0) == "IpAddressGenerationFailure" }
                }
                queries.append(cost.queries)
            }
            #expect(queries[0] == queries[1])
        }
    }

    @Test func `Racing requests cannot pass a quota together`() async throws {
        try await NetworkWorld.run(limits: "quota_network = 3") { world in
            let made = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask { (try? await world.create(world.networks, [:])) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == 3)
        }
    }

    @Test func `Racing first uses make one default security group`() async throws {
        try await NetworkWorld.run { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { try await world.create(world.networks, [:]) } }
                try await group.waitForAll()
            }
            let rows = try await world.database.query("SELECT id FROM security_groups")
            #expect(rows.count == 1)
            #expect(try await world.database.query("SELECT id FROM security_group_rules").count == 4)
        }
    }

    @Test func `An address asked for twice, or outside its subnet, is refused by name`() async throws {
        try await NetworkWorld.run { world in
            let (network, _) = try await world.network("10.0.0.0/24")
            let asked: [String: JSONValue] = [
                "network_id": .string(network.id), "fixed_ips": [["ip_address": "10.0.0.9"]],
            ]
            try await world.create(world.ports, asked)
            await #expect { try await world.create(world.ports, asked) } throws: {
                faultType($0) == "IpAddressAlreadyAllocated"
            }
            await #expect {
                try await world.create(
                    world.ports, ["network_id": .string(network.id), "fixed_ips": [["ip_address": "10.9.0.9"]]])
            } throws: { faultType($0) == "InvalidIpForNetwork" }
        }
    }

    @Test func `A block is cut from a pool where it fits, and not twice`() async throws {
        try await NetworkWorld.run { world in
            let pool = try await world.create(
                SubnetPools(), ["name": "p", "prefixes": ["10.0.0.0/24"], "default_prefixlen": 26])
            var cidrs: [String] = []
            for _ in 0..<4 {
                let network = try await world.create(world.networks, [:])
                let subnet = try await world.create(
                    Subnets(),
                    ["network_id": .string(network.id), "subnetpool_id": .string(pool.id), "ip_version": 4])
                cidrs.append(subnet.string("cidr"))
            }
            #expect(cidrs == ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26", "10.0.0.192/26"])
            let network = try await world.create(world.networks, [:])
            await #expect {
                try await world.create(
                    Subnets(), ["network_id": .string(network.id), "subnetpool_id": .string(pool.id), "ip_version": 4])
            } throws: { faultType($0) == "SubnetAllocationError" }
        }
    }
}
