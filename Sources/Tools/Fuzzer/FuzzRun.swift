import Core
import WebAPI

/// All that is done to one service.
struct FuzzRun: Sendable {
    let service: ServiceUnderTest
    let requests: Int
    let seed: UInt64
    let parallel: Int
    let logs: String
    let processes: String
    /// Growth of resident memory that is taken for a leak, in KiB.
    let memoryBound: Int
    /// One request only.
    let only: Int?

    func run(_ builder: inout WorldBuilder, _ world: inout World) async throws -> (Tally, [Finding]) {
        let generator = CaseGenerator(service: service, seed: seed)
        var tally = Tally(service: service.name)
        var findings: [Finding] = []
        let log = LogWatch(path: "\(logs)/\(service.name.daemon).log")
        let process = ProcessWatch(daemon: service.name.daemon, folder: processes)
        if let only {
            findings += await send([generator.make(only, world)], &tally, world)
            return (tally, findings)
        }
        // What is allocated once and kept is there after these.
        if requests >= 500 {
            var warm = Tally(service: service.name)
            findings += await send((0..<200).map { generator.make(requests + $0, world) }, &warm, world)
            _ = await ConnectionAbuse(service: service).run(count: 100, for: .seconds(1))
            try await builder.mend(&world, service.name)
        }
        let started = ContinuousClock.now
        tally.memory = [process?.residentKiB].compactMap(\.self)
        var index = 0
        while index < requests {
            let cases = (index..<min(index + 100, requests)).map { generator.make($0, world) }
            findings += await send(cases, &tally, world)
            index += cases.count
            try await builder.mend(&world, service.name)
            if let memory = process?.residentKiB { tally.memory.append(memory) }
        }
        tally.took = ContinuousClock.now - started
        if let problem = await ConnectionAbuse(service: service).run(count: 200, for: .seconds(5)) {
            findings.append(Finding(service: service.name, problem: problem))
        }
        findings += judgeProcess(process, &tally)
        if let line = log?.leak(of: world.secrets) {
            findings.append(Finding(service: service.name, problem: "a secret in the log: \(line)"))
        }
        return (tally, findings)
    }

    /// Memory is flat when a run's second half adds nothing to what its first half made of it: what is
    /// allocated once and kept, and what the allocator keeps, is there by then.
    private func judgeProcess(_ process: ProcessWatch?, _ tally: inout Tally) -> [Finding] {
        guard let process else { return [] }
        let daemon = service.name.daemon
        guard ProcessWatch(daemon: daemon, folder: processes)?.pid == process.pid, let after = process.residentKiB
        else {
            return [Finding(service: service.name, problem: "\(daemon) (process \(process.pid)) has ended")]
        }
        tally.memory.append(after)
        let settled = tally.memory[tally.memory.count / 2]
        guard after - settled > memoryBound else { return [] }
        return [
            Finding(service: service.name, problem: "\(daemon) grew from \(settled) to \(after) KiB")
        ]
    }

    /// Sends a few at a time; the answers are judged in the requests' order.
    private func send(_ cases: [FuzzCase], _ tally: inout Tally, _ world: World) async -> [Finding] {
        let oracle = Oracle(service: service, canaries: world.canaries)
        let endpoint = service.endpoint
        var outcomes = [WireOutcome?](repeating: nil, count: cases.count)
        await withTaskGroup(of: (Int, WireOutcome).self) { group in
            var next = 0
            func start() {
                guard next < cases.count else { return }
                let position = next
                let item = cases[position]
                next += 1
                group.addTask {
                    let steps = item.wire ?? [.send(item.request.bytes)]
                    let outcome = await WireExchange.run(
                        endpoint, steps, responses: item.responses, isHead: item.request.method == "HEAD",
                        deadline: .seconds(20))
                    return (position, outcome)
                }
            }
            for _ in 0..<parallel { start() }
            for await (position, outcome) in group {
                outcomes[position] = outcome
                start()
            }
        }
        var findings: [Finding] = []
        for (item, outcome) in zip(cases, outcomes) {
            guard let outcome else { continue }
            tally.add(item, outcome)
            if let problem = oracle.judge(item, outcome) {
                findings.append(Finding(item, outcome, problem, service, world))
            }
        }
        return findings
    }
}
