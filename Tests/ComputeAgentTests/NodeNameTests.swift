import Core
import Testing

@testable import Virt

@Suite struct NodeNameTests {
    /// Each heartbeat and each look at /readyz waited for a name server that does not answer.
    @Test func theHostsNameIsAskedForUntilItIsKnownAndNoMore() throws {
        let name = NodeName()
        var asked = 0
        #expect(throws: ServiceError.self) {
            try name.get { throw ServiceError(.unavailable, "The hypervisor is not reachable now.") }
        }
        for _ in 1...2 {
            let answer = name.get {
                asked += 1
                return "host\(asked)"
            }
            #expect(answer == "host1")
        }
        #expect(asked == 1)
    }
}
