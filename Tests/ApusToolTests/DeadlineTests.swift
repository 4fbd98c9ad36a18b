import Testing

@testable import Doctor

@Suite("A check's deadline")
struct DeadlineTests {
    @Test("work that never ends and cannot be cancelled is left behind")
    func leavesBehind() async throws {
        await #expect(throws: CheckFailed.self) {
            try await withDeadline(.milliseconds(50)) {
                // Deaf to cancellation, as a call into a C library is.
                await withCheckedContinuation { (_: CheckedContinuation<Void, Never>) in }
            }
        }
    }

    @Test("what is done in time is given back")
    func givesBack() async throws {
        #expect(try await withDeadline(.seconds(60)) { 42 } == 42)
    }
}
