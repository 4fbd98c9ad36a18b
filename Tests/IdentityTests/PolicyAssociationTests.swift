import Core
import TestSupport
import Testing

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct PolicyAssociationTests {
    private func id(_ json: JSONValue, _ member: String) -> String { json[member]?["id"]?.string ?? "" }

    @Test func anEndpointGoesByTheNearestPolicy() async throws {
        try await APIWorld.run { world in
            func policy() async throws -> String {
                id(try await world.make("POST", "/policies", ["policy": ["type": "t", "blob": "{}"]]), "policy")
            }
            try await world.make("POST", "/regions", ["region": ["id": "above"]])
            try await world.make("POST", "/regions", ["region": ["id": "below", "parent_region_id": "above"]])
            let service = id(
                try await world.make("POST", "/services", ["service": ["type": "t", "name": "s"]]), "service")
            func endpoint() async throws -> String {
                id(
                    try await world.make(
                        "POST", "/endpoints",
                        [
                            "endpoint": [
                                "service_id": .string(service), "interface": "public", "url": "http://a",
                                "region_id": "below",
                            ]
                        ]), "endpoint")
            }
            let first = try await endpoint()
            let second = try await endpoint()
            func policyOf(_ endpoint: String) async throws -> String? {
                let answer = try await world.call("GET", "/endpoints/\(endpoint)/OS-ENDPOINT-POLICY/policy")
                return answer.status == 200 ? answer.body["policy"]?["id"]?.string : nil
            }
            #expect(try await policyOf(first) == nil)
            let policies = [try await policy(), try await policy(), try await policy()]
            let path = policies.map { "/policies/\($0)/OS-ENDPOINT-POLICY" }
            try await world.make("PUT", path[0] + "/services/\(service)")
            #expect(try await policyOf(first) == policies[0])
            try await world.make("PUT", path[1] + "/services/\(service)/regions/above")
            #expect(try await policyOf(first) == policies[1])
            try await world.make("PUT", path[2] + "/endpoints/\(first)")
            #expect(try await policyOf(first) == policies[2])
            #expect(try await policyOf(second) == policies[1])
            let listed = try await world.call("GET", path[1] + "/endpoints").body["endpoints"]
            #expect(listed?.array?.compactMap { $0["id"]?.string } == [second])

            // An association is with one policy at a time.
            try await world.make("PUT", path[0] + "/endpoints/\(first)")
            #expect(try await world.status("GET", path[2] + "/endpoints/\(first)") == 404)
            #expect(try await world.status("GET", path[0] + "/endpoints/\(first)") == 204)
            #expect(try await world.status("DELETE", path[2] + "/endpoints/\(first)") == 404)
            #expect(try await world.status("DELETE", path[0] + "/endpoints/\(first)") == 204)
            #expect(try await world.status("PUT", path[0] + "/endpoints/none") == 404)
            #expect(try await world.status("PUT", "/policies/none/OS-ENDPOINT-POLICY/services/\(service)") == 404)
            // A policy takes its associations with it, and a service those with it.
            #expect(try await world.status("DELETE", "/policies/\(policies[1])") == 204)
            #expect(try await policyOf(first) == policies[0])
            #expect(try await world.status("DELETE", "/services/\(service)") == 204)
            #expect(try await world.call("GET", path[0] + "/endpoints").body["endpoints"] == [])
        }
    }
}
