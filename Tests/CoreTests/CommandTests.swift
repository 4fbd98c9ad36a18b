import FoundationEssentials
import Glibc
import Testing

@testable import Core

@Suite struct CommandTests {
    @Test func outputAndStatusComeBack() async throws {
        var command = Command("cat", [])
        command.standardInput = Array(repeating: 65, count: 300_000)
        let result = try await command.run()
        #expect(result.succeeded)
        #expect(result.stdout.count == 300_000)
        let failed = try await Command("ls", ["/does/not/exist"]).run()
        #expect(failed.status == 2)
        #expect(failed.errorOutput.contains("/does/not/exist"))
    }

    @Test func argumentsReachTheProgramUnchanged() async throws {
        let result = try await Command("printf", ["%s|", "$(id)", "a b", "`x`;'\"", ""]).run()
        #expect(result.output == "$(id)|a b|`x`;'\"||")
    }

    @Test func onlyTheGivenEnvironmentIsSeen() async throws {
        var command = Command("env")
        command.environment = ["ONE": "1"]
        #expect(try await command.run().output == "ONE=1\n")
    }

    @Test func aProgramThatTakesTooLongIsEnded() async {
        var command = Command("sleep", ["600"])
        command.timeout = .milliseconds(300)
        let limited = command
        let start = ContinuousClock.now
        let error = await #expect(throws: ServiceError.self) { try await limited.run() }
        #expect(error?.code == .timeout)
        #expect(ContinuousClock.now - start < .seconds(300))
    }

    @Test func limitsHold() async throws {
        var command = Command("bash", ["-c", "ulimit -t; ulimit -v; ulimit -f"])
        command.limits = .init(cpuSeconds: 7, addressSpaceBytes: 1 << 30, fileBytes: 1 << 20)
        #expect(try await command.run().output == "7\n1048576\n1024\n")
    }

    @Test func aProgramThatWritesTooMuchIsKilled() async throws {
        let path = "/tmp/apus-command-\(IDGenerator.random.hex())"
        var command = Command("dd", ["if=/dev/zero", "of=\(path)", "bs=4096", "count=100"])
        command.limits = .init(fileBytes: 8192)
        let result = try await command.run()
        #expect(result.wroteTooMuch && !result.succeeded)
        #expect(try Data(contentsOf: URL(filePath: path)).count == 8192)
        try FileManager.default.removeItem(atPath: path)
    }

    /// The thread that started it stands for the process: the kernel asks for no more.
    @Test func aProgramThatEndsWithTheProcessIsKilledThen() async throws {
        var command = Command("sleep", ["20"])
        command.limits = .init(endsWithProcess: true)
        let sleep = command
        var process = try await withCheckedThrowingContinuation { continuation in
            do {
                try startThread("starter") { continuation.resume(with: Result { try RunningProcess(sleep) }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        #expect(try process.finish(sleep, CancellationFlag()).ending == .signalled(SIGKILL))
    }

    @Test func aCommandWaitsInThePoolThatItIsGiven() async throws {
        // Nobody is let in.
        let pool = BlockingPool(name: "closed", threads: 1, maxQueue: -1)
        var command = Command("true")
        command.pool = pool
        let refused = command
        let error = await #expect(throws: ServiceError.self) { try await refused.run() }
        #expect(error?.code == .rateLimited)
        #expect(try await Command("true").run().succeeded)
    }

    @Test func aMissingProgramIsNamed() async {
        let error = await #expect(throws: ServiceError.self) { try await Command("no-such-program").run() }
        #expect(error?.code == .notFound)
        let other = await #expect(throws: ServiceError.self) { try await Command("/no/such/program").run() }
        #expect(other?.code == .notFound)
    }

    @Test func tooMuchOutputIsRefused() async {
        var command = Command("yes")
        command.outputLimit = 100_000
        let limited = command
        let error = await #expect(throws: ServiceError.self) { try await limited.run() }
        #expect(error?.code == .tooLarge)
    }

    @Test func cancellationEndsTheProgram() async {
        let task = Task { try await Command("sleep", ["60"]).run() }
        try? await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
