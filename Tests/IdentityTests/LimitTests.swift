import Core
import TestSupport
import Testing

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct LimitTests {
    private func service(_ world: APIWorld) async throws -> String {
        let service = try await world.make("POST", "/services", ["service": ["type": "t", "name": "s"]])
        let id = service["service"]?["id"]?.string ?? ""
        try await world.make(
            "POST", "/registered_limits",
            ["registered_limits": [["service_id": .string(id), "resource_name": "cores", "default_limit": 10]]])
        return id
    }

    private func limit(_ service: String, _ key: String, _ id: String, _ value: Int) -> JSONValue {
        .object([
            "service_id": .string(service), "resource_name": "cores", "resource_limit": .integer(Int64(value)),
            key: .string(id),
        ])
    }

    @Test func aProjectsLimitIsBoundedByItsDomains() async throws {
        try await APIWorld.run(options: "[unified_limit]\nenforcement_model = strict_two_level") { world in
            let model = try await world.call("GET", "/limits/model").body["model"]?["name"]
            #expect(model == "strict_two_level")
            let service = try await service(world)
            let project = try await world.identity.project(named: "demo").id.rawValue
            func post(_ limits: JSONValue...) async throws -> Int {
                try await world.status("POST", "/limits", ["limits": .array(limits)])
            }
            // The default bounds where the domain has no limit of its own.
            #expect(try await post(limit(service, "project_id", project, 11)) == 403)
            #expect(try await post(limit(service, "project_id", project, -1)) == 403)
            let both = try await world.call(
                "POST", "/limits",
                [
                    "limits": [
                        limit(service, "domain_id", "default", 20), limit(service, "project_id", project, 15),
                    ]
                ])
            #expect(both.status == 201, "\(both.text)")
            let own = both.body["limits"]?[0]?["id"]?.string ?? ""
            let child = both.body["limits"]?[1]?["id"]?.string ?? ""
            #expect(try await world.status("PATCH", "/limits/\(own)", ["limit": ["resource_limit": 14]]) == 403)
            #expect(try await world.status("PATCH", "/limits/\(child)", ["limit": ["resource_limit": 21]]) == 403)
            #expect(try await world.status("PATCH", "/limits/\(child)", ["limit": ["resource_limit": 20]]) == 200)
            #expect(try await world.status("PATCH", "/limits/\(own)", ["limit": ["resource_limit": -1]]) == 200)
            #expect(try await world.status("PATCH", "/limits/\(child)", ["limit": ["resource_limit": 100]]) == 200)
            // There is no third level.
            #expect(
                try await world.status(
                    "POST", "/projects", ["project": ["name": "below", "parent_id": .string(project)]]) == 403)
        }
    }

    @Test func flatLimitsStandByThemselves() async throws {
        try await APIWorld.run { world in
            #expect(try await world.call("GET", "/limits/model").body["model"]?["name"] == "flat")
            let service = try await service(world)
            let project = try await world.identity.project(named: "demo").id.rawValue
            let made = try await world.call(
                "POST", "/limits", ["limits": [limit(service, "project_id", project, 1000)]])
            #expect(made.status == 201)
            // A project that is a domain is meant as one.
            let domain = try await world.call(
                "POST", "/limits", ["limits": [limit(service, "project_id", "default", 5)]])
            #expect(domain.body["limits"]?[0]?["domain_id"] == "default")
            #expect(
                try await world.status("POST", "/limits", ["limits": [limit(service, "project_id", "none", 5)]]) == 400)
        }
    }
}
