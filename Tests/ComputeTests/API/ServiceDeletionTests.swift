import ComputeModel
import ComputeStore
import Core
import Database
import Logging
import TestSupport
import Testing
import WebAPI

@testable import ComputeAPI

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct ServiceDeletionTests {
    private func withAPI(_ body: (LocalAPI, ComputeEnvironment) async throws -> Void) async throws {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations) { database in
            let env = try sampleEnvironment(database)
            let api = LocalAPI(
                ComputeAPI.description(env, identityURL: "http://identity.test/v3"),
                authenticator: SampleAuthenticator(), policy: try PolicyEngine(rules: ComputePolicy.all),
                logger: env.logger)
            try await body(api, env)
        }
    }

    private func delete(_ id: String, _ version: String, _ api: LocalAPI) async throws -> Int {
        try await api.send("DELETE", "/v2.1/os-services/\(id)", nil, version: "compute \(version)").status
    }

    @Test func anIDIsANumberUntil252AndAUUIDSince() async throws {
        let uuid = IDGenerator.random.uuid()
        try await withAPI { api, _ in
            for (id, version, expected) in [
                ("1", "2.53", 400), (uuid, "2.53", 404), (uuid, "2.52", 400), ("1", "2.52", 404),
            ] {
                let status = try await delete(id, version, api)
                #expect(status == expected, "\(id) at \(version)")
            }
        }
    }

    /// Else its resource provider would stay.
    @Test func aHostStaysWhileNoSchedulerCanForgetIt() async throws {
        try await withAPI { api, env in
            let id = IDGenerator.random.uuid()
            try await HostStore.seen(
                host: "h", binary: "nova-compute", newID: id, at: env.clock.now(), in: env.database)
            #expect(try await delete(id, "2.53", api) == 503)
            #expect(try await HostStore.services(in: env.database).count == 1)
        }
    }
}
