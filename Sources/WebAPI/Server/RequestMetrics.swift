import Core
import HTTPTypes

/// Counts requests by operation and status. Operations are a fixed set, so the series are bounded.
final class RequestMetrics: Sendable {
    private let requests = Metrics.shared.counter(
        "apus_http_requests_total", help: "Requests answered.", labels: ["operation", "status"])
    private let seconds = Metrics.shared.histogram(
        "apus_http_request_seconds", help: "Time from a request's head to its answer's end.", labels: ["operation"])
    private let queries = Metrics.shared.counter(
        "apus_http_request_queries_total", help: "Database statements that requests needed.", labels: ["operation"])
    private let calls = Metrics.shared.counter(
        "apus_http_request_calls_total", help: "Requests and messages to other daemons that requests needed.",
        labels: ["operation"])

    /// What one operation has been counted under: every request asks, so it is kept by a single key.
    private struct Known {
        var requests: [Int: MetricSeries] = [:]
        let seconds: MetricSeries
    }

    private let known = Locked<[String: Known]>([:])

    func observe(_ exchange: Exchange, _ outcome: Outcome, _ duration: Duration) {
        let (request, time) = series(outcome.operation, outcome.head.status.code)
        request.add(1)
        time.observe(duration.seconds)
        if exchange.cost.queries > 0 { queries.add(exchange.cost.queries, outcome.operation) }
        if exchange.cost.calls > 0 { calls.add(exchange.cost.calls, outcome.operation) }
    }

    private func series(_ operation: String, _ status: Int) -> (MetricSeries, MetricSeries) {
        known.withLock { known in
            if let one = known[operation], let request = one.requests[status] { return (request, one.seconds) }
            let request = requests.series(operation, String(status))
            var one = known[operation] ?? Known(seconds: seconds.series(operation))
            one.requests[status] = request
            known[operation] = one
            return (request, one.seconds)
        }
    }
}
