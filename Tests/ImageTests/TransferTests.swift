import Core
import Testing
import Workflow

@testable import Image

/// Servers that send slowly hold neither a project's other imports nor those of others.
struct TransferTests {
    @Test func aServerThatDripsIsLeft() throws {
        var pace = Pace()
        try pace.note(waited: .seconds(119), bytes: 1)
        try pace.note(waited: .seconds(2), bytes: 64 << 10)
        #expect(throws: ServiceError.self) { try pace.note(waited: .seconds(2), bytes: 1) }
        var fast = Pace()
        for _ in 0..<100 { try fast.note(waited: .seconds(10), bytes: 1 << 20) }
    }

    @Test func aProjectHasItsShareOfTransfersAndNoMore() async throws {
        let slots = ProjectSlots(limit: 2)
        let (one, other) = (ProjectID("one"), ProjectID("other"))
        try await slots.run(one) {
            try await slots.run(one) {
                await #expect(throws: SagaRetry.self) { try await slots.run(one) {} }
                try await slots.run(other) {}
                await #expect(throws: ServiceError.self) {
                    try await slots.run(other) { throw ServiceError(.badGateway, "no") }
                }
            }
            try await slots.run(one) {}
        }
        let few = ProjectSlots(limit: 2, total: 2)
        _ = try await few.run(one) {
            try await few.run(other) { await #expect(throws: SagaRetry.self) { try await few.run(one) {} } }
        }
    }
}
