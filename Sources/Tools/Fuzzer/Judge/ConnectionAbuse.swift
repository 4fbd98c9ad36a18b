import Core
import WebAPI

/// Connections that say little or nothing, many at once, while others are served.
struct ConnectionAbuse: Sendable {
    let service: ServiceUnderTest

    /// - Returns: what is wrong, or nil.
    func run(count: Int, for duration: Duration) async -> String? {
        let endpoint = service.endpoint
        let started = "GET / HTTP/1.1\r\nHost: \(endpoint.authority)\r\n"
        let half = "POST / HTTP/1.1\r\nHost: \(endpoint.authority)\r\nContent-Length: 1000\r\n\r\n{"
        return await withTaskGroup(of: String?.self) { group in
            for index in 0..<count {
                var steps: [WireStep]
                switch index % 4 {
                case 0: steps = []
                case 1: steps = [.send(Array(started.utf8))]
                case 2: steps = [.send(Array(half.utf8))]
                default:
                    steps = [.send(Array(started.utf8))]
                    for _ in 0..<20 { steps += [.pause(.milliseconds(200)), .send(Array("X-A: b\r\n".utf8))] }
                }
                let dripping = steps
                group.addTask {
                    _ = await WireExchange.run(endpoint, dripping, deadline: duration)
                    return nil
                }
            }
            group.addTask {
                var problem: String?
                let root = Array("GET / HTTP/1.1\r\nHost: \(endpoint.authority)\r\n\r\n".utf8)
                for _ in 0..<10 {
                    do { try await ContinuousClock().sleep(for: duration / 12) } catch { return nil }
                    let outcome = await WireExchange.run(endpoint, [.send(root)], deadline: .seconds(10))
                    if outcome.responses.isEmpty {
                        problem = "not served beside \(count) idle connections: \(outcome.end)"
                    }
                }
                return problem
            }
            var problem: String?
            for await result in group { problem = problem ?? result }
            return problem
        }
    }

    /// How long a client that never ends a request may stay: the service's `request_timeout`, and some more
    /// for the answer and the closing.
    static let patience = Duration.seconds(45)

    static func drip(_ services: [ServiceUnderTest]) async -> [Finding] {
        await withTaskGroup(of: Finding?.self) { group in
            for service in services {
                group.addTask {
                    await ConnectionAbuse(service: service).drip().map { Finding(service: service.name, problem: $0) }
                }
            }
            var findings: [Finding] = []
            for await finding in group { if let finding { findings.append(finding) } }
            return findings
        }
    }

    /// A header, and a body, that come a byte at a time and have no end must be refused in a bounded time.
    ///
    /// - Returns: what is wrong, or nil.
    private func drip() async -> String? {
        let endpoint = service.endpoint
        let head = "POST / HTTP/1.1\r\nHost: \(endpoint.authority)\r\n"
        let drops = (0..<Int(Self.patience.components.seconds) * 2).flatMap { _ in
            [WireStep.pause(.milliseconds(500)), .send([0x41])]
        }
        return await withTaskGroup(of: String?.self) { group in
            for (name, start) in [("header", head + "X-Drip: "), ("body", head + "Content-Length: 100000\r\n\r\n{")] {
                group.addTask {
                    let outcome = await WireExchange.run(
                        endpoint, [.send(Array(start.utf8))] + drops, responses: 2, deadline: Self.patience)
                    if case .timedOut = outcome.end { return "a \(name) without an end is waited for" }
                    guard let answer = outcome.responses.first else { return "a slow \(name) is not answered" }
                    if let mistake = FaultFormats.mistake(answer, service.name) {
                        return "a slow \(name) is answered \(answer.status) with \(mistake)"
                    }
                    return answer.status / 100 == 4 ? nil : "a slow \(name) is answered \(answer.status)"
                }
            }
            var problem: String?
            for await result in group { problem = problem ?? result }
            return problem
        }
    }
}
