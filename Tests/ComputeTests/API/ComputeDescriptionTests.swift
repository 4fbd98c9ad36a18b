import Core
import Database
import Logging
import Testing
import WebAPI

@testable import ComputeAPI

@Suite struct ComputeDescriptionTests {
    /// A database that is never asked.
    private func operations() async throws -> [WebAPI.Operation] {
        let configuration = try Configuration(text: "[database]\nsocket = /nonexistent\nuser = x\nname = x\n")
        let database = try await Database(configuration.read(), logger: .init(label: "test"))
        return ComputeAPI.operations(try sampleEnvironment(database))
    }

    @Test func everySchemaCompiles() async throws {
        for operation in try await operations() {
            for body in operation.bodies { #expect(body.schema.mistakes == [], "\(operation.name)") }
        }
    }

    @Test func everyPolicyIsDeclaredOnce() async throws {
        let names = ComputePolicy.all.map(\.name)
        #expect(Set(names).count == names.count)
        for operation in try await operations() {
            if let rule = operation.policy { #expect(names.contains(rule.name), "\(operation.name)") }
        }
        _ = try PolicyEngine(rules: ComputePolicy.all, overrides: [:])
    }

    @Test func everyVersionIsOneWeServe() async throws {
        for operation in try await operations() {
            if let min = operation.versions.min { #expect(min <= ComputeAPI.maxVersion, "\(operation.name)") }
            if let max = operation.versions.max { #expect(max >= ComputeAPI.minVersion, "\(operation.name)") }
        }
    }
}
