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
                    let outcome = await WireExchange.run(endpoint, [.send(root)], deadline: .seconds(3))
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
}
