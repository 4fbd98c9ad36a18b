import Core
import Database
import TestSupport
import Testing
import WebAPI

@testable import Network

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct QueryTests {
    /// Was answered with 500.
    @Test(arguments: ["\u{FEFF}x", "", "maybe"])
    func aFilterThatIsNoFlagIsTheRequestsMistake(value: String) async throws {
        try await NetworkWorld.run { world in
            let reader = QueryReader(behaviour: world.networks)
            let error = try #require(throws: ServiceError.self) {
                try reader.list(QueryItems([("shared", value)]), for: world.caller())
            }
            #expect(error.code == .badRequest)
        }
    }

    /// Each attribute asked for by itself is what it is in the whole answer, also when only its column was read.
    @Test func fieldsShowWhatTheWholeAnswerDoes() async throws {
        try await NetworkWorld.run { world in
            let (network, _) = try await world.network("10.1.0.0/24")
            let port = try await world.create(
                world.ports, ["network_id": .string(network.id), "device_id": "d", "name": "p"])
            #expect(!port.strings("security_groups").isEmpty)
            let caller = world.caller()
            for behaviour in [world.ports, SecurityGroups()] as [any ResourceBehaviour] {
                let whole = try await world.database.transaction("whole") { transaction in
                    try ResourceReader.page(behaviour, ListQuery(), for: caller, transaction)
                }
                for name in behaviour.type.attributes.map(\.name) + ["tenant_id"] {
                    let part = try await world.database.transaction("part") { transaction in
                        try ResourceReader.page(behaviour, ListQuery(), fields: [name], for: caller, transaction)
                    }
                    #expect(
                        part.map { ResourceView.object($0, behaviour.type, fields: [name]) }
                            == whole.map { ResourceView.object($0, behaviour.type, fields: [name]) })
                }
            }
        }
    }

    /// Compute lists the ports of a thousand servers for two attributes.
    @Test func whatIsNotAskedForIsNotRead() async throws {
        try await NetworkWorld.run { world in
            let (network, _) = try await world.network("10.1.0.0/24")
            _ = try await world.create(world.ports, ["network_id": .string(network.id)])
            func queries(_ fields: Set<String>) async throws -> Int {
                let cost = RequestCost()
                try await RequestCost.$current.withValue(cost) {
                    _ = try await world.database.transaction("part") { transaction in
                        try ResourceReader.page(
                            world.ports, ListQuery(), fields: fields, for: world.caller(), transaction)
                    }
                }
                return cost.queries
            }
            // With those that begin and end the transaction.
            #expect(try await queries(["device_id"]) == 3)
            #expect(try await queries(["device_id", "security_groups"]) == 4)
            #expect(try await queries([]) == 6)
        }
    }
}
