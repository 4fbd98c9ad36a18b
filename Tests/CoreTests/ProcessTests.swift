import Core
import Testing

@Suite struct ProcessTests {
    @Test func argumentsReachTheProgramUnchanged() async throws {
        let result = try await Command("/usr/bin/printf", ["%s|", "$(id)", "; ls", "`x`", "a b"]).run()
        #expect(result.succeeded)
        #expect(result.output == "$(id)|; ls|`x`|a b|")
    }

    @Test func aProgramThatTakesTooLongIsEnded() async throws {
        var command = Command("/bin/sleep", ["60"])
        command.timeout = .milliseconds(100)
        let start = ContinuousClock.now
        let ending = try await command.run().ending
        #expect(ending != .exited(0))
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func theStatusOfAFailureIsKept() async throws {
        let result = try await Command("/bin/ls", ["/nonexistent"]).run()
        #expect(!result.succeeded)
        #expect(result.errorOutput.contains("nonexistent"))
    }

    @Test func blockingWorkIsRefusedWhenTheQueueIsFull() async throws {
        let pool = BlockingPool(name: "test", threads: 1, maxQueue: 1)
        let gate = try await Command("/bin/true").run()
        #expect(gate.succeeded)
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    do {
                        try await pool.run { for index in 0..<20_000_000 where index < 0 { print(index) } }
                        return false
                    } catch {
                        return (error as? ServiceError)?.code == .rateLimited
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(refused > 0 && refused < 64)
    }
}
