import Core
import WebAPI

/// Says what is wrong with an answer.
struct Oracle: Sendable {
    let service: ServiceUnderTest
    let canaries: [String]

    func judge(_ item: FuzzCase, _ outcome: WireOutcome) -> String? {
        if case .unreachable(let why) = outcome.end { return "not reachable: \(why.prefix(100))" }
        let leak = outcome.responses.lazy.compactMap { canary(item, $0) }.first
        if let leak { return leak }
        if item.responses == 0 { return nil }
        if outcome.responses.isEmpty { return silence(item, outcome) }
        if outcome.responses.count < item.responses {
            return "\(outcome.responses.count) of \(item.responses) answers"
        }
        return outcome.responses.lazy.compactMap { judge(item, $0) }.first
    }

    /// Whatever is sent is answered, even what is no HTTP; only a request without an end may go unanswered.
    private func silence(_ item: FuzzCase, _ outcome: WireOutcome) -> String? {
        if case .timedOut = outcome.end { return "no answer in time" }
        return "closed without an answer"
    }

    private func judge(_ item: FuzzCase, _ response: WireResponse) -> String? {
        if response.headers.contains(where: { $0.name.lowercased() == "x-injected" }) { return "header injected" }
        if response.status >= 500 { return "status \(response.status)" }
        if response.header("X-Openstack-Request-Id")?.hasPrefix("req-") != true { return "no request id" }
        if service.name == .compute, response.header("x-compute-request-id") == nil { return "no compute request id" }
        if response.status >= 400, item.request.method != "HEAD",
            let mistake = FaultFormats.mistake(response, service.name)
        {
            return "\(response.status) with \(mistake)"
        }
        if response.status < 300, response.header("Content-Type")?.hasPrefix("application/json") == true,
            item.request.method != "HEAD", response.json == nil
        {
            return "\(response.status) whose body is no JSON"
        }
        switch item.expectation {
        case .refused:
            return response.status < 400 ? "accepted with \(response.status)" : nil
        case .unauthorized:
            // A path or method that is not there is told to everyone, and so is what is no HTTP.
            let isUnread = [400, 408, 431].contains(response.status) && response.header("Connection") == "close"
            if isUnread || [401, 404, 405].contains(response.status) { return nil }
            return "\(response.status) without a valid token"
        case .answered, .survives: return nil
        }
    }

    private func canary(_ item: FuzzCase, _ response: WireResponse) -> String? {
        guard item.sender == "attacker" else { return nil }
        let text = response.headers.reduce(response.text) { $0 + $1.value }
        guard let found = canaries.first(where: { !item.named.contains($0) && text.contains($0) }) else { return nil }
        return "the other project's data: \(found)"
    }
}
