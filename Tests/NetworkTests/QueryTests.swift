import Core
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
}
