import Core
import Testing

@testable import Conductor

struct AdmissionLimitTests {
    @Test(.timeLimit(.minutes(1))) func whoComesWhenAllAreAtWorkIsRefusedAtOnce() async throws {
        let limit = AdmissionLimit(2, refusal: "Busy.")
        let (held, hold) = AsyncStream<Void>.makeStream()
        let (begun, begin) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    try await limit.admit {
                        begin.yield()
                        for await _ in held { break }
                    }
                }
            }
            var started = 0
            for await _ in begun {
                started += 1
                if started == 2 { break }
            }
            let refused = await #expect(throws: ServiceError.self) { try await limit.admit {} }
            #expect(refused?.code == .unavailable)
            hold.finish()
            try await group.waitForAll()
        }
        try await limit.admit {}
    }

    @Test func whatFailsGivesItsPlaceBack() async throws {
        let limit = AdmissionLimit(1, refusal: "Busy.")
        for _ in 0..<3 {
            let failure = await #expect(throws: ServiceError.self) {
                try await limit.admit { throw ServiceError(.timeout, "No answer.") }
            }
            #expect(failure?.code == .timeout)
        }
    }
}
